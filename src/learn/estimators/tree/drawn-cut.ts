/** The values of a column's codes, or of its bins: code c holds those from lower[base + c] to upper[base + c]. */
export interface CodeValues {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly base: number;
}

/**
 * A random cut of numbers: a threshold between their extremes (extremely randomised trees, Geurts, Ernst and Wehenkel
 * 2006, doi 10.1007/s10994-006-6226-1), whatever values lie in between.
 * @param least the first code at the node
 * @param most the last code at the node; greater than `least`
 * @param share 0 <= share < 1: where between the extremes
 * @returns the last code that goes left, and the threshold
 */
export function drawnCut(
  { lower, upper, base }: CodeValues,
  least: number,
  most: number,
  share: number,
): { lastLeft: number; threshold: number } {
  const drawn = (lower[base + least] as number) * (1 - share) + (upper[base + most] as number) * share;
  let lastLeft = least;
  let high = most - 1;
  while (lastLeft < high) {
    const middle = (lastLeft + high + 1) >>> 1;
    if ((lower[base + middle] as number) <= drawn) lastLeft = middle;
    else high = middle - 1;
  }
  // Rows of one code stay together: a threshold within a code moves to the code's end.
  const end = upper[base + lastLeft] as number;
  const next = lower[base + lastLeft + 1] as number;
  return { lastLeft, threshold: drawn >= end && drawn < next ? drawn : end };
}
