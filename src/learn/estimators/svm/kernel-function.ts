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
