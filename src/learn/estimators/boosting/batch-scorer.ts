import { areLoaded, openScoringKernels } from '../../wasm/boosting-scoring.js';
import type { TreeTensors } from '../tree/tree-tensors.js';
import { buildLeafMasks, type LeafMasks } from './leaf-masks.js';

/** Rows of a block: their codes and scores stay in the first-level cache, and a tree's tables are read once a block. */
const MOST_ROWS = 512;
const FEWEST_ROWS = 16;
const MAX_BLOCK_BYTES = 1_048_576;
/** The engine puts its faster code in place between calls only. */
const TREES_PER_CALL = 64;

/**
 * The raw scores of many rows at once. A row's scores are summed over the trees in their order, as a walk does it, so
 * they are the same to the bit.
 */
export class BatchScorer {
  private constructor(
    private readonly masks: LeafMasks,
    private readonly baseline: Float64Array,
    private readonly nFeatures: number,
  ) {}

  /** Undefined for ensembles that have to be walked (see buildLeafMasks). */
  static open(trees: TreeTensors, baseline: Float64Array): BatchScorer | undefined {
    const nFeatures = trees.nCategories.length;
    const fitting = Math.floor(MAX_BLOCK_BYTES / (8 * nFeatures));
    const nRows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, fitting));
    const masks = buildLeafMasks(trees, baseline.length, nRows);
    return masks === undefined ? undefined : new BatchScorer(masks, baseline, nFeatures);
  }

  /** Whether the next rows are scored without loading tables. */
  get isLoaded(): boolean {
    return areLoaded(this.masks.tables);
  }

  /** OUT out: of row i, the scores from `i * width` on. */
  scoreInto(rows: Float64Array, nRows: number, out: Float64Array, width: number): void {
    const { masks, baseline, nFeatures } = this;
    const { tables, columns, records, nTrees, maskBits } = masks;
    const most = masks.nRows;
    const codes = tables.length;
    const scratch = codes + Math.ceil((columns.length * most) / 8) * 8;
    const sums = scratch + most * 8;
    const sumBytes = most * 8;
    const input = sums + baseline.length * sumBytes;
    const { kernels, buffer } = openScoringKernels(tables, input + most * nFeatures * 8 - tables.length);
    const scores = new Float64Array(buffer, sums, baseline.length * most);
    const block = new Float64Array(buffer, input, most * nFeatures);
    const addTrees = maskBits === 32 ? kernels.addTrees32 : kernels.addTrees64;
    for (let first = 0; first < nRows; first += most) {
      const n = Math.min(most, nRows - first);
      block.set(rows.subarray(first * nFeatures, (first + n) * nFeatures));
      columns.forEach(({ feature, isCategorical, place, count, missing }, at) => {
        const from = input + feature * 8;
        const to = codes + at * most;
        if (isCategorical) kernels.encodeCategories(from, n, nFeatures * 8, place, count, missing, to);
        else kernels.encodeNumbers(from, n, nFeatures * 8, place, count, to);
      });
      baseline.forEach((score, k) => {
        scores.fill(score, k * most, k * most + n);
      });
      for (let tree = 0, record = records; tree < nTrees; tree += TREES_PER_CALL) {
        const count = Math.min(TREES_PER_CALL, nTrees - tree);
        record = addTrees(record, count, codes, n, scratch, sums, sumBytes);
      }
      for (let k = 0; k < baseline.length; k++) {
        for (let row = 0; row < n; row++) out[(first + row) * width + k] = scores[k * most + row] as number;
      }
    }
  }
}
