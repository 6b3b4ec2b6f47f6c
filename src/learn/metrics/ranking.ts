/**
 * How well a score ranks the rows of one class above the others: ROC and precision-recall curves and their areas.
 * Rows are sorted once by falling score; a run of equal scores is one step of the curve, because no threshold
 * can tell its rows apart.
 */

/** Weights of true and false positives when everything scored at `thresholds[i]` or more is called positive. */
export interface ThresholdCounts {
  /** Falling, distinct. */
  readonly thresholds: Float64Array;
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
}

/** A curve as parallel arrays. The first point stands for "nothing is positive"; its threshold is null. */
export interface RocCurve {
  readonly falsePositiveRate: number[];
  readonly truePositiveRate: number[];
  readonly thresholds: (number | null)[];
}

export interface PrecisionRecallCurve {
  readonly precision: number[];
  readonly recall: number[];
  readonly thresholds: (number | null)[];
}

/** How many points a curve in a report has at most: more cannot be seen on a screen. */
export const MAX_CURVE_POINTS = 200;

/**
 * @param isPositive whether row i belongs to the class
 * @param scores length n, higher means more likely positive
 * Cost: O(n log n).
 */
export function thresholdCounts(
  isPositive: Uint8Array,
  scores: Float64Array,
  sampleWeight?: Float64Array,
): ThresholdCounts {
  // A row that weighs nothing must not add a threshold.
  const order = Uint32Array.from(scores.keys()).filter((row) => sampleWeight?.[row] !== 0);
  const nSamples = order.length;
  order.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const thresholds: number[] = [];
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  let hits = 0;
  let misses = 0;
  for (let i = 0; i < nSamples; i++) {
    const row = order[i] as number;
    const weight = sampleWeight?.[row] ?? 1;
    if (isPositive[row] === 1) hits += weight;
    else misses += weight;
    const score = scores[row] as number;
    if (i + 1 < nSamples && scores[order[i + 1] as number] === score) continue;
    thresholds.push(score);
    truePositives.push(hits);
    falsePositives.push(misses);
  }
  return {
    thresholds: Float64Array.from(thresholds),
    truePositives: Float64Array.from(truePositives),
    falsePositives: Float64Array.from(falsePositives),
  };
}

/** Area under the ROC curve by trapezoids; null where one of the two sides is empty. */
export function rocAuc({ truePositives, falsePositives }: ThresholdCounts): number | null {
  const positives = truePositives.at(-1) ?? 0;
  const negatives = falsePositives.at(-1) ?? 0;
  if (!(positives > 0 && negatives > 0)) return null;
  let area = 0;
  let lastHits = 0;
  let lastMisses = 0;
  for (let i = 0; i < truePositives.length; i++) {
    const hits = truePositives[i] as number;
    const misses = falsePositives[i] as number;
    area += ((misses - lastMisses) * (hits + lastHits)) / 2;
    lastHits = hits;
    lastMisses = misses;
  }
  return area / (positives * negatives);
}

/** Average precision: the sum of precisions, each times the step of recall that led to it; null without positives. */
export function averagePrecision({ truePositives, falsePositives }: ThresholdCounts): number | null {
  const positives = truePositives.at(-1) ?? 0;
  if (!(positives > 0)) return null;
  let sum = 0;
  let lastHits = 0;
  for (let i = 0; i < truePositives.length; i++) {
    const hits = truePositives[i] as number;
    if (hits > lastHits) sum += ((hits - lastHits) * hits) / (hits + (falsePositives[i] as number));
    lastHits = hits;
  }
  return sum / positives;
}

/** The ROC curve, at most MAX_CURVE_POINTS points; null where one of the two sides is empty. */
export function rocCurve(counts: ThresholdCounts): RocCurve | null {
  const { thresholds, truePositives, falsePositives } = counts;
  const positives = truePositives.at(-1) ?? 0;
  const negatives = falsePositives.at(-1) ?? 0;
  if (!(positives > 0 && negatives > 0)) return null;
  const kept = thin(thresholds.length, (i) =>
    i < 0 ? 0 : (truePositives[i] as number) / positives + (falsePositives[i] as number) / negatives,
  );
  return {
    falsePositiveRate: [0, ...kept.map((i) => (falsePositives[i] as number) / negatives)],
    truePositiveRate: [0, ...kept.map((i) => (truePositives[i] as number) / positives)],
    thresholds: [null, ...kept.map((i) => thresholds[i] as number)],
  };
}

/** The precision-recall curve, from recall 0 on, at most MAX_CURVE_POINTS points; null without positives. */
export function precisionRecallCurve(counts: ThresholdCounts): PrecisionRecallCurve | null {
  const { thresholds, truePositives, falsePositives } = counts;
  const positives = truePositives.at(-1) ?? 0;
  if (!(positives > 0)) return null;
  const called = (i: number): number => (truePositives[i] as number) + (falsePositives[i] as number);
  const precision = (i: number): number => (truePositives[i] as number) / called(i);
  const total = called(thresholds.length - 1);
  const kept = thin(thresholds.length, (i) =>
    i < 0 ? 0 : (truePositives[i] as number) / positives + called(i) / total,
  );
  return {
    precision: [1, ...kept.map(precision)],
    recall: [0, ...kept.map((i) => (truePositives[i] as number) / positives)],
    thresholds: [null, ...kept.map((i) => thresholds[i] as number)],
  };
}

/**
 * Which of n points to keep so that they lie evenly along the curve: a point is kept when the way since the
 * last kept one is a full step. The last is always kept.
 * @param way the way from the start of the curve to point i, never falling; way(-1) is the start
 */
function thin(n: number, way: (i: number) => number): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  if (n < MAX_CURVE_POINTS) return all;
  const step = way(n - 1) / (MAX_CURVE_POINTS - 2);
  let last = way(-1);
  return all.filter((i) => {
    if (i < n - 1 && way(i) - last < step) return false;
    last = way(i);
    return true;
  });
}
