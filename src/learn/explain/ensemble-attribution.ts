import { BoostedTrees } from '../estimators/boosting/boosted-trees.js';
import { TreeEnsemble } from '../estimators/tree/tree-ensemble.js';
import type { TreeTensors } from '../estimators/tree/tree-tensors.js';
import type { Attribution, AttributionSpace, AttributionTask } from './attribution.js';
import { TreeWalk } from './tree-attribution.js';

/** A sum of trees: which of them speak for an output, and how. */
interface TreeSum {
  readonly trees: TreeTensors;
  /** Of a leaf's row. */
  readonly width: number;
  readonly space: AttributionSpace;
  /** For an output: what is there before any tree, the first tree and the step to the next, the column of its leaves, and the factor of each. */
  readonly of: (output: number) => {
    start: number;
    first: number;
    step: number;
    column: number;
    factor: number;
  };
}

/** The predictor as a sum of trees, or undefined when it is none. */
export function asTreeSum(predictor: unknown): TreeSum | undefined {
  if (predictor instanceof TreeEnsemble) {
    const { trees, nTrees, nOutputs, outputKind } = predictor;
    const space = outputKind === 'probabilities' ? 'probability' : 'value';
    const of = (column: number) => ({ start: 0, first: 0, step: 1, column, factor: 1 / nTrees });
    return { trees, width: nOutputs, space, of };
  }
  if (predictor instanceof BoostedTrees) {
    const { trees, baseline, loss } = predictor.parts;
    const nScores = baseline.length;
    const isOfSecond = loss === 'log_loss' && nScores === 1;
    const hasLink = loss === 'log_loss' || loss === 'poisson' || loss === 'gamma';
    const of = (output: number) => {
      const score = isOfSecond ? 0 : output;
      const factor = isOfSecond && output === 0 ? -1 : 1;
      return { start: factor * (baseline[score] as number), first: score, step: nScores, column: 0, factor };
    };
    return { trees, width: 1, space: hasLink ? 'margin' : 'value', of };
  }
  return undefined;
}

/** Shapley values of a sum of trees: the sums of those of the trees. Exact. */
export function ensembleAttribution(
  { trees, width, space, of }: TreeSum,
  { rows, nRows, reference, playerOf, nPlayers, outputs }: AttributionTask,
): Attribution {
  const nTrees = trees.treeOffsets.length - 1;
  const nFeatures = reference.length;
  const walk = new TreeWalk(trees, width, playerOf, nPlayers);
  const baselines = new Float64Array(nRows);
  const contributions = new Float64Array(nRows * nPlayers);
  for (let row = 0; row < nRows; row++) {
    const { start, first, step, column, factor } = of(outputs[row] as number);
    let baseline = start;
    for (let tree = first; tree < nTrees; tree += step) {
      baseline += factor * walk.leafValue(tree, column, reference, 0);
      walk.addTree(tree, column, rows, row * nFeatures, reference, factor, contributions, row * nPlayers);
    }
    baselines[row] = baseline;
  }
  return { method: 'tree', space, baselines, contributions };
}
