/**
 * Distances between rows. Searching compares reduced distances (the sum without the root), which order rows the
 * same way; a root is taken only of the few that are returned. Features are summed in their order, so a distance has
 * the same bits whichever way the search took.
 */
export type MetricName = 'euclidean' | 'manhattan' | 'minkowski';

export interface Metric {
  /** Sum of |a - b|^p, over rows at these places of their arrays. */
  readonly reduced: (a: Float64Array, atA: number, b: Float64Array, atB: number, nFeatures: number) => number;
  /** |difference|^p for one feature. */
  readonly term: (difference: number) => number;
  readonly toDistance: (reduced: number) => number;
}

/** @param p exponent of the Minkowski metric, >= 1 */
export function metricOf(p: number): Metric {
  if (p === 2) return { reduced: squared, term: (d) => d * d, toDistance: Math.sqrt };
  if (p === 1) return { reduced: absolute, term: Math.abs, toDistance: (reduced) => reduced };
  return {
    reduced: (a, atA, b, atB, nFeatures) => {
      let sum = 0;
      for (let j = 0; j < nFeatures; j++) {
        sum += Math.abs((a[atA + j] as number) - (b[atB + j] as number)) ** p;
      }
      return sum;
    },
    term: (difference) => Math.abs(difference) ** p,
    toDistance: (reduced) => reduced ** (1 / p),
  };
}

function squared(a: Float64Array, atA: number, b: Float64Array, atB: number, nFeatures: number): number {
  let sum = 0;
  for (let j = 0; j < nFeatures; j++) {
    const difference = (a[atA + j] as number) - (b[atB + j] as number);
    sum += difference * difference;
  }
  return sum;
}

function absolute(a: Float64Array, atA: number, b: Float64Array, atB: number, nFeatures: number): number {
  let sum = 0;
  for (let j = 0; j < nFeatures; j++) sum += Math.abs((a[atA + j] as number) - (b[atB + j] as number));
  return sum;
}
