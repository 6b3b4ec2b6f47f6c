/**
 * Rows of the kernel matrix for a solver that asks for them one by one, as many kept as fit into a budget; the longest
 * unused goes first. A row is the products of one row of the data with all others, by the dense kernels, and then
 * the kernel function of each.
 *
 * For rbf a middle is taken off each feature before, because distances do not change by it: of a feature that has one
 * value in most rows only the others are then listed and multiplied.
 *
 * Everything lies in the kernels' memory, the solver's own arrays too: no row is ever copied. So nothing else on the
 * thread may take scratch arrays while a solver runs.
 */
import { expAll, scratchArrays } from '../../wasm/dense-kernels.js';
import { rowTimesColumns } from '../../wasm/pair-kernels.js';
import { commonValue, meanOf } from '../neighbors/point-blocks.js';
import { type KernelFunction, likeness } from './kernel-function.js';

/** Rows are padded to so many elements. */
const LANES = 8;
/** Products beyond this are left to a plain loop, which does not take differences of infinite numbers. */
const MAX_SQUARED_LENGTH = 1e290;
/** The kernels' memory ends at 4 GiB. */
const MAX_KEPT_BYTES = 2 ** 31;

export class KernelRows {
  /** Elements of a row, nRows rounded up; what fills up is some number. */
  readonly width: number;
  readonly diagonal: Float64Array;
  /** The solver's arrays, of the lengths that it asked for. */
  readonly own: readonly Float64Array[];
  private readonly kept = new Map<number, Float64Array>();
  private readonly free: Float64Array[];
  private readonly columns: Columns | undefined;
  private readonly query: Float64Array;
  private readonly columnValues: Float64Array;

  /**
   * @param rows row-major, nRows * nFeatures
   * @param ownLengths of arrays that the solver needs, in widths
   */
  constructor(
    private readonly rows: Float64Array,
    private readonly nRows: number,
    private readonly nFeatures: number,
    private readonly kernel: KernelFunction,
    budgetBytes: number,
    ownLengths: readonly number[],
  ) {
    const width = Math.ceil(nRows / LANES) * LANES;
    this.width = width;
    this.columns = makeColumns(rows, nRows, nFeatures, kernel.kernel === 'rbf');
    const nDense = this.columns?.dense.length ?? 0;
    const budget = Math.min(budgetBytes, MAX_KEPT_BYTES);
    // The two rows of a pair are in use at the same time.
    const capacity = Math.max(2, Math.min(nRows, Math.floor(budget / (8 * width))));
    const [query, columnValues, diagonal, ...others] = scratchArrays([
      nDense,
      nDense * width,
      width,
      ...ownLengths.map((widths) => widths * width),
      ...new Array<number>(capacity).fill(width),
    ]) as [Float64Array, Float64Array, Float64Array, ...Float64Array[]];
    this.query = query;
    this.columnValues = columnValues;
    this.diagonal = diagonal;
    this.own = others.slice(0, ownLengths.length);
    this.free = others.slice(ownLengths.length).reverse();
    for (const [k, j] of this.columns?.dense.entries() ?? []) {
      const middle = this.columns?.middles[j] as number;
      columnValues.fill(0, k * width, (k + 1) * width);
      for (let i = 0; i < nRows; i++)
        columnValues[k * width + i] = (rows[i * nFeatures + j] as number) - middle;
    }
    diagonal.fill(0);
    for (let i = 0; i < nRows; i++) {
      diagonal[i] = likeness(kernel, rows, i * nFeatures, rows, i * nFeatures, nFeatures);
    }
  }

  /** Row i of the kernel matrix, `width` elements; good until two further rows were asked for. */
  row(i: number): Float64Array {
    const { kept } = this;
    let values = kept.get(i);
    if (values === undefined) {
      values = this.free.pop() ?? this.reuse();
      this.fill(i, values);
    } else {
      kept.delete(i);
    }
    kept.set(i, values);
    return values;
  }

  private reuse(): Float64Array {
    const [oldest, values] = this.kept.entries().next().value as [number, Float64Array];
    this.kept.delete(oldest);
    return values;
  }

  private fill(i: number, values: Float64Array): void {
    const { columns, rows, nRows, nFeatures, kernel, width, query } = this;
    if (columns === undefined) {
      values.fill(0, nRows);
      for (let k = 0; k < nRows; k++) {
        values[k] = likeness(kernel, rows, i * nFeatures, rows, k * nFeatures, nFeatures);
      }
      return;
    }
    const { dense, sparse, middles, lengths } = columns;
    const isRbf = kernel.kernel === 'rbf';
    // A squared distance is both squared lengths less twice the product.
    const factor = isRbf ? -2 : 1;
    const from = i * nFeatures;
    const start = isRbf ? (lengths[i] as number) : 0;
    values.fill(start);
    if (isRbf) for (let k = 0; k < nRows; k++) values[k]! += lengths[k] as number;
    for (let k = 0; k < dense.length; k++) {
      const j = dense[k] as number;
      query[k] = factor * ((rows[from + j] as number) - (middles[j] as number));
    }
    rowTimesColumns(width, dense.length, query, this.columnValues, values);
    for (const { feature, places, others } of sparse) {
      const value = factor * ((rows[from + feature] as number) - (middles[feature] as number));
      if (value === 0) continue;
      for (let k = 0; k < places.length; k++) values[places[k] as number]! += value * (others[k] as number);
    }
    if (isRbf) {
      expAll(width, values, -kernel.gamma);
      values[i] = 1;
    } else if (kernel.kernel === 'poly') {
      const { gamma, coef0, degree } = kernel;
      for (let k = 0; k < nRows; k++) values[k] = (gamma * (values[k] as number) + coef0) ** degree;
    }
  }
}

interface Columns {
  /** Length nFeatures: what is taken off. */
  readonly middles: Float64Array;
  readonly dense: readonly number[];
  readonly sparse: readonly SparseColumn[];
  /** Length nRows: squared lengths without the middles. */
  readonly lengths: Float64Array;
}

interface SparseColumn {
  readonly feature: number;
  /** The rows that differ from the middle, and by how much. */
  readonly places: Uint32Array;
  readonly others: Float64Array;
}

/** @returns undefined where products do not stay finite */
function makeColumns(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  takesMiddles: boolean,
): Columns | undefined {
  const middles = new Float64Array(nFeatures);
  const dense: number[] = [];
  const sparse: SparseColumn[] = [];
  for (let j = 0; j < nFeatures; j++) {
    const common = commonValue(rows, nRows, nFeatures, j);
    if (common === undefined || (common !== 0 && !takesMiddles)) {
      dense.push(j);
      if (takesMiddles) middles[j] = meanOf(rows, nRows, nFeatures, j);
      continue;
    }
    middles[j] = common;
    const places: number[] = [];
    for (let i = 0; i < nRows; i++) if (rows[i * nFeatures + j] !== common) places.push(i);
    const others = Float64Array.from(places, (i) => (rows[i * nFeatures + j] as number) - common);
    sparse.push({ feature: j, places: Uint32Array.from(places), others });
  }
  const lengths = new Float64Array(nRows);
  for (let i = 0; i < nRows; i++) {
    let sum = 0;
    for (let j = 0; j < nFeatures; j++)
      sum += ((rows[i * nFeatures + j] as number) - (middles[j] as number)) ** 2;
    if (!(sum < MAX_SQUARED_LENGTH)) return undefined;
    lengths[i] = sum;
  }
  return { middles, dense, sparse, lengths };
}
