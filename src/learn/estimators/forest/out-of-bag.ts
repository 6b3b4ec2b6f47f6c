/**
 * The out-of-bag score: each row is predicted by the trees that did not learn from it (Breiman 2001). Which rows
 * a tree saw is not kept but drawn again from the tree's own generator. Pieces are stretches of rows; a
 * row's sum runs over the trees in order, so the score does not depend on the number of threads.
 */
import type { FitContext, TrainingData } from '../../estimator.js';
import type { KernelControl } from '../../parallel/thread-pool.js';
import { type Bootstrap, type DrawTable, drawCounts } from '../tree/draw-rows.js';
import type { FittedTrees } from '../tree/fit-trees.js';
import { TreeEnsemble } from '../tree/tree-ensemble.js';
import { type TreeSeed, treeRandom } from '../tree/tree-sample.js';
import type { TreeTensors } from '../tree/tree-tensors.js';

interface OutOfBagInput extends TreeSeed {
  readonly bootstrap: Bootstrap;
  readonly drawTable?: DrawTable;
  readonly nSamples: number;
  readonly trees: TreeTensors;
  readonly nOutputs: number;
  readonly nPieces: number;
  /** Column-major. */
  readonly values: Float64Array;
}

interface OutOfBagPiece {
  /** Row-major sums of predictions, nOutputs a row, and how many trees they are of. */
  readonly sums: Float64Array;
  readonly nTrees: Int32Array;
}

/** Accuracy or R squared over the rows that at least one tree did not see; null when there is no such row. */
export async function outOfBagScore(
  data: TrainingData,
  fitted: FittedTrees,
  trees: TreeTensors,
  nOutputs: number,
  context: FitContext,
): Promise<number | null> {
  const nPieces = Math.min(context.threads.size, data.x.nSamples);
  const { seed, stream, bootstrap, drawTable, center } = fitted.input;
  const { nSamples, values } = data.x;
  const input: OutOfBagInput = {
    seed,
    stream,
    bootstrap,
    drawTable,
    nSamples,
    trees,
    nOutputs,
    nPieces,
    values,
  };
  const pieces = await context.threads.map<OutOfBagInput, OutOfBagPiece>(
    { module: import.meta.url, name: 'outOfBagKernel' },
    input,
    nPieces,
    () => context.checkpoint(1),
  );
  const { y } = data;
  let row = 0;
  let nScored = 0;
  let nRight = 0;
  let squaredError = 0;
  let sum = 0;
  let squares = 0;
  for (const { sums, nTrees } of pieces) {
    for (let k = 0; k < nTrees.length; k++, row++) {
      if (nTrees[k] === 0) continue;
      nScored++;
      if (y.task === 'classification') {
        if (largest(sums, k * nOutputs, nOutputs) === y.codes[row]) nRight++;
      } else if (y.task === 'regression') {
        const target = (y.values[row] as number) - center;
        squaredError += ((sums[k] as number) / (nTrees[k] as number) - (y.values[row] as number)) ** 2;
        sum += target;
        squares += target * target;
      }
    }
  }
  if (nScored === 0) return null;
  if (y.task === 'classification') return nRight / nScored;
  const spread = squares - (sum * sum) / nScored;
  return spread > 0 ? 1 - squaredError / spread : null;
}

function largest(values: Float64Array, at: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if ((values[at + c] as number) > (values[at + best] as number)) best = c;
  return best;
}

/** Kernel: the rows of stretch `piece`. */
export function outOfBagKernel(input: OutOfBagInput, piece: number, control: KernelControl): OutOfBagPiece {
  const { bootstrap, drawTable, nSamples, trees, nOutputs, nPieces, values } = input;
  const nFeatures = values.length / nSamples;
  const start = Math.floor((nSamples * piece) / nPieces);
  const end = Math.floor((nSamples * (piece + 1)) / nPieces);
  const rows = new Float64Array((end - start) * nFeatures);
  for (let j = 0; j < nFeatures; j++) {
    for (let i = start; i < end; i++) rows[(i - start) * nFeatures + j] = values[j * nSamples + i] as number;
  }
  const ensemble = new TreeEnsemble(trees, 'scores', nOutputs);
  const sums = new Float64Array((end - start) * nOutputs);
  const nTrees = new Int32Array(end - start);
  for (let tree = 0; tree < ensemble.nTrees; tree++) {
    const counts = drawCounts(nSamples, bootstrap, drawTable, treeRandom(input, tree));
    for (let i = start; i < end; i++) {
      if ((i & 4095) === 0) control.checkpoint(tree / ensemble.nTrees);
      if (counts === undefined || counts[i] !== 0) continue;
      const k = i - start;
      ensemble.addTree(tree, rows, k * nFeatures, sums, k * nOutputs);
      nTrees[k] = (nTrees[k] as number) + 1;
    }
  }
  return { sums, nTrees };
}
