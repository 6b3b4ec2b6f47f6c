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

/** Rows of the kernel matrix, of which as many as fit into a budget are kept; the longest unused goes first. */
export class KernelRows {
  private readonly kept = new Map<number, Float64Array>();
  private readonly capacity: number;

  /** @param rows row-major, nRows * nFeatures */
  constructor(
    private readonly rows: Float64Array,
    private readonly nRows: number,
    private readonly nFeatures: number,
    private readonly kernel: KernelFunction,
    budgetBytes: number,
  ) {
    this.capacity = Math.max(2, Math.floor(budgetBytes / (8 * nRows)));
  }

  /** Row i of the kernel matrix; good until two further rows were asked for. */
  row(i: number): Float64Array {
    const { kept, rows, nRows, nFeatures, kernel } = this;
    let values = kept.get(i);
    if (values === undefined) {
      values = this.reuse() ?? new Float64Array(nRows);
      for (let k = 0; k < nRows; k++) {
        values[k] = likeness(kernel, rows, i * nFeatures, rows, k * nFeatures, nFeatures);
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
