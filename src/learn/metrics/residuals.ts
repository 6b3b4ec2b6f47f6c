import type { RegressionInput } from './regression.js';

/** Where a regressor errs, ready to be drawn. */
export interface Residuals {
  /** Actual minus predicted, in bins of equal width from the 1 % to the 99 % quantile; what lies beyond is in the end bins. */
  readonly histogram: { readonly edges: number[]; readonly counts: number[] };
  /** Rows in groups of equal size by rising prediction: the means of each group. */
  readonly groups: { readonly predicted: number[]; readonly actual: number[] };
}

const N_BINS = 30;
const N_GROUPS = 20;
/** The share of the rows at each end that must not decide how wide the bins are. */
const TAIL = 0.01;

/** Unweighted: it shows rows. Null without rows, or where numbers are too large to be subtracted. Cost: O(n log n). */
export function residuals({ actual, predicted }: RegressionInput): Residuals | null {
  const errors = Float64Array.from(actual, (value, i) => value - (predicted[i] as number));
  const histogram = binned(errors);
  return histogram === null ? null : { histogram, groups: grouped(actual, predicted) };
}

function binned(errors: Float64Array): Residuals['histogram'] | null {
  const sorted = errors.slice().sort();
  const last = sorted.length - 1;
  const from = sorted[Math.floor(TAIL * last)];
  const to = sorted[Math.ceil((1 - TAIL) * last)];
  if (from === undefined || to === undefined || !Number.isFinite(to - from)) return null;
  const [start, width] = to > from ? [from, (to - from) / N_BINS] : [from - 0.5, 1 / N_BINS];
  const counts = new Array<number>(N_BINS).fill(0);
  for (const error of errors) {
    counts[Math.min(N_BINS - 1, Math.max(0, Math.floor((error - start) / width)))]! += 1;
  }
  return { edges: Array.from({ length: N_BINS + 1 }, (_, k) => start + k * width), counts };
}

function grouped(actual: Float64Array, predicted: Float64Array): Residuals['groups'] {
  const order = Uint32Array.from(predicted, (_, i) => i).sort(
    (i, j) => (predicted[i] as number) - (predicted[j] as number) || i - j,
  );
  const nGroups = Math.min(N_GROUPS, order.length);
  const parts = Array.from({ length: nGroups }, (_, k) =>
    order.subarray(Math.floor((k * order.length) / nGroups), Math.floor(((k + 1) * order.length) / nGroups)),
  );
  const meansOf = (values: Float64Array) =>
    parts.map((rows) => rows.reduce((mean, i) => mean + (values[i] as number) / rows.length, 0));
  return { predicted: meansOf(predicted), actual: meansOf(actual) };
}
