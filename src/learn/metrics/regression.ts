/**
 * How far predicted values are from the true ones. Formulas as in scikit-learn's model evaluation guide, section
 * 3.4.6; a metric outside of its domain (a logarithm of a negative number, a spread of a constant) is null.
 */
export interface RegressionInput {
  /** Length n, finite. */
  readonly actual: Float64Array;
  /** Length n, finite. */
  readonly predicted: Float64Array;
  readonly sampleWeight?: Float64Array;
  /** Which quantile is predicted, 0..1, for the pinball loss; absent: the median. */
  readonly quantile?: number | undefined;
}

/** Share of the variance that is explained: 1 is perfect, 0 is the mean's. Null for a constant target. */
export function r2(input: RegressionInput): number | null {
  return explained(input, 0);
}

/** Like R², but a constant error is forgiven. */
export function explainedVariance(input: RegressionInput): number | null {
  return explained(input, mean(input, (y, p) => y - p) ?? 0);
}

function explained(input: RegressionInput, offset: number): number | null {
  // Differences from a row that counts: rounding must not leave a spread of equal values.
  const first = input.sampleWeight?.findIndex((weight) => weight > 0) ?? 0;
  const origin = input.actual[first] ?? 0;
  const offsetOfMean = mean(input, (y) => y - origin);
  if (offsetOfMean === null) return null;
  const centre = origin + offsetOfMean;
  const rest = mean(input, (y, p) => (y - p - offset) ** 2) as number;
  const spread = mean(input, (y) => (y - centre) ** 2) as number;
  return spread > 0 ? finite(1 - rest / spread) : null;
}

/** The largest absolute error over the rows that weigh something. */
export function maxError({ actual, predicted, sampleWeight }: RegressionInput): number | null {
  let largest = -1;
  for (let i = 0; i < actual.length; i++) {
    if ((sampleWeight?.[i] ?? 1) === 0) continue;
    largest = Math.max(largest, Math.abs((actual[i] as number) - (predicted[i] as number)));
  }
  return largest < 0 ? null : finite(largest);
}

export function meanAbsoluteError(input: RegressionInput): number | null {
  return mean(input, (y, p) => Math.abs(y - p));
}

export function meanSquaredError(input: RegressionInput): number | null {
  return mean(input, (y, p) => (y - p) ** 2);
}

/** In the unit of the target. */
export function rootMeanSquaredError(input: RegressionInput): number | null {
  const squared = meanSquaredError(input);
  return squared === null ? null : Math.sqrt(squared);
}

/** Of log(1 + value); null when a value is -1 or less. */
export function meanSquaredLogError(input: RegressionInput): number | null {
  if (!every(input, (y, p) => y > -1 && p > -1)) return null;
  return mean(input, (y, p) => (Math.log1p(y) - Math.log1p(p)) ** 2);
}

/**
 * The weighted median of the absolute errors: the value at which half of the weight is reached; where it is reached
 * exactly between two values, their mean. Equal weights make it the ordinary median. Cost: O(n log n).
 */
export function medianAbsoluteError({ actual, predicted, sampleWeight }: RegressionInput): number | null {
  const errors = Float64Array.from(actual, (y, i) => Math.abs(y - (predicted[i] as number)));
  const order = Uint32Array.from({ length: errors.length }, (_, i) => i)
    .filter((i) => (sampleWeight?.[i] ?? 1) > 0)
    .sort((a, b) => (errors[a] as number) - (errors[b] as number));
  if (order.length === 0) return null;
  const weightAt = (position: number): number => sampleWeight?.[order[position] as number] ?? 1;
  const errorAt = (position: number): number =>
    errors[order[Math.min(position, order.length - 1)] as number] as number;
  let total = 0;
  for (let i = 0; i < order.length; i++) total += weightAt(i);
  let reached = 0;
  let position = 0;
  while (position < order.length - 1 && reached + weightAt(position) < total / 2)
    reached += weightAt(position++);
  const isBetween = Math.abs(reached + weightAt(position) - total / 2) <= total * 1e-15;
  return finite(isBetween ? (errorAt(position) + errorAt(position + 1)) / 2 : errorAt(position));
}

/** Mean Poisson deviance; null when a true value is negative or a predicted one not positive. */
export function meanPoissonDeviance(input: RegressionInput): number | null {
  if (!every(input, (y, p) => y >= 0 && p > 0)) return null;
  return mean(input, (y, p) => 2 * ((y === 0 ? 0 : y * Math.log(y / p)) - y + p));
}

/** Mean Gamma deviance; null when a value is not positive. */
export function meanGammaDeviance(input: RegressionInput): number | null {
  if (!every(input, (y, p) => y > 0 && p > 0)) return null;
  return mean(input, (y, p) => 2 * (Math.log(p / y) + y / p - 1));
}

/** As a fraction, not per cent. A true value of 0 counts as the machine epsilon, as in scikit-learn. */
export function meanAbsolutePercentageError(input: RegressionInput): number | null {
  return mean(input, (y, p) => Math.abs(y - p) / Math.max(Math.abs(y), Number.EPSILON));
}

/** Pinball (quantile) loss, of the quantile that is predicted; of the median it is half of the mean absolute error. */
export function pinballLoss(input: RegressionInput): number | null {
  const { quantile = 0.5 } = input;
  return mean(input, (y, p) => (y >= p ? quantile * (y - p) : (quantile - 1) * (y - p)));
}

function mean(
  { actual, predicted, sampleWeight }: RegressionInput,
  term: (actual: number, predicted: number) => number,
): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    const weight = sampleWeight?.[i] ?? 1;
    sum += weight * term(actual[i] as number, predicted[i] as number);
    total += weight;
  }
  return finite(sum / total);
}

function every({ actual, predicted }: RegressionInput, holds: (y: number, p: number) => boolean): boolean {
  return actual.every((y, i) => holds(y, predicted[i] as number));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
