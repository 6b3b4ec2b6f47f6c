import { distances, expAll, scratchArrays } from '../../wasm/dense-kernels.js';

export const KERNELS = ['rbf', 'linear', 'poly'] as const;

/** How alike two rows are: an inner product in a space of features that is never written down. */
export interface KernelFunction {
  readonly kernel: (typeof KERNELS)[number];
  readonly gamma: number;
  readonly degree: number;
  readonly coef0: number;
}

/** The kernel of two rows at these places of their arrays. */
export function likeness(
  { kernel, gamma, degree, coef0 }: KernelFunction,
  a: Float64Array,
  atA: number,
  b: Float64Array,
  atB: number,
  nFeatures: number,
): number {
  let sum = 0;
  if (kernel === 'rbf') {
    for (let j = 0; j < nFeatures; j++) sum += ((a[atA + j] as number) - (b[atB + j] as number)) ** 2;
    return Math.exp(-gamma * sum);
  }
  for (let j = 0; j < nFeatures; j++) sum += (a[atA + j] as number) * (b[atB + j] as number);
  return kernel === 'linear' ? sum : (gamma * sum + coef0) ** degree;
}

const ROWS_PER_BLOCK = 1024;

/**
 * OUT the rbf likeness of one row to all of them, by the dense kernels; its exponentials may differ from those of
 * `likeness` in the last place.
 * @param columns the rows feature by feature
 */
function rbfRow(
  columns: Float64Array,
  nRows: number,
  row: Float64Array,
  gamma: number,
  values: Float64Array,
): void {
  const nFeatures = row.length;
  const width = Math.min(ROWS_PER_BLOCK, Math.ceil(nRows / 4) * 4);
  const [query, points, out, least] = scratchArrays([nFeatures, width * nFeatures, width, 1]);
  query.set(row);
  for (let from = 0; from < nRows; from += width) {
    const count = Math.min(width, nRows - from);
    if (count < width) points.fill(0);
    for (let j = 0; j < nFeatures; j++) {
      points.set(columns.subarray(j * nRows + from, j * nRows + from + count), j * width);
    }
    distances(1, width, nFeatures, query, points, out, least);
    expAll(width, out, -gamma);
    values.set(out.subarray(0, count), from);
  }
}

/** Rows of the kernel matrix, of which as many as fit into a budget are kept; the longest unused goes first. */
export class KernelRows {
  private readonly kept = new Map<number, Float64Array>();
  private readonly capacity: number;
  /** For rbf: the rows feature by feature. */
  private readonly columns: Float64Array | undefined;

  /** @param rows row-major, nRows * nFeatures */
  constructor(
    private readonly rows: Float64Array,
    private readonly nRows: number,
    private readonly nFeatures: number,
    private readonly kernel: KernelFunction,
    budgetBytes: number,
  ) {
    this.columns = kernel.kernel === 'rbf' ? turn(rows, nRows, nFeatures) : undefined;
    this.capacity = Math.max(2, Math.floor(budgetBytes / (8 * nRows)));
  }

  /** Row i of the kernel matrix; good until two further rows were asked for. */
  row(i: number): Float64Array {
    const { kept, rows, nRows, nFeatures, kernel } = this;
    let values = kept.get(i);
    if (values === undefined) {
      values = this.reuse() ?? new Float64Array(nRows);
      if (this.columns !== undefined) {
        const row = rows.subarray(i * nFeatures, (i + 1) * nFeatures);
        rbfRow(this.columns, nRows, row, kernel.gamma, values);
      } else {
        for (let k = 0; k < nRows; k++) {
          values[k] = likeness(kernel, rows, i * nFeatures, rows, k * nFeatures, nFeatures);
        }
      }
    } else {
      kept.delete(i);
    }
    kept.set(i, values);
    return values;
  }

  diagonal(): Float64Array {
    const { rows, nFeatures, kernel } = this;
    return Float64Array.from({ length: this.nRows }, (_, i) =>
      likeness(kernel, rows, i * nFeatures, rows, i * nFeatures, nFeatures),
    );
  }

  private reuse(): Float64Array | undefined {
    if (this.kept.size < this.capacity) return undefined;
    const oldest = this.kept.keys().next().value as number;
    const values = this.kept.get(oldest);
    this.kept.delete(oldest);
    return values;
  }
}

function turn(rows: Float64Array, nRows: number, nFeatures: number): Float64Array {
  const columns = new Float64Array(rows.length);
  for (let i = 0; i < nRows; i++) {
    for (let j = 0; j < nFeatures; j++) columns[j * nRows + i] = rows[i * nFeatures + j] as number;
  }
  return columns;
}
