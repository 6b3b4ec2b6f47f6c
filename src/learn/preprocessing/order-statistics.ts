/**
 * The median of `values[0..length)`, as the mean of the two middle values where their number is even.
 * @param values SCRATCH without NaN, length >= 1; its order is changed
 * Cost: O(n) on average (Hoare's selection, the middle of three as the pivot), no memory.
 */
export function medianInPlace(values: Float64Array): number {
  const n = values.length;
  const upper = n >>> 1;
  const high = select(values, upper);
  if (n % 2 === 1) return high;
  // Everything left of `upper` is <= high now; the lower middle value is the largest of it.
  let low = values[0] as number;
  for (let i = 1; i < upper; i++) if ((values[i] as number) > low) low = values[i] as number;
  // Half of each, so that two values near the largest double do not overflow.
  return low === high ? low : low / 2 + high / 2;
}

/** Puts the k-th smallest value at index k, nothing larger before it and nothing smaller behind it. */
function select(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const first = values[left] as number;
    const middle = values[(left + right) >>> 1] as number;
    const last = values[right] as number;
    const pivot = Math.max(Math.min(first, middle), Math.min(Math.max(first, middle), last));
    let i = left;
    let j = right;
    // Invariant: values before i are <= pivot, values behind j are >= pivot.
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i <= j) {
        const kept = values[i] as number;
        values[i++] = values[j] as number;
        values[j--] = kept;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k] as number;
}

/** The values that are not NaN, as a copy. Cost: one pass. */
export function presentCopy(values: Float64Array): Float64Array {
  let n = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) n++;
  const present = new Float64Array(n);
  for (let i = 0, at = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) present[at++] = value;
  }
  return present;
}

/**
 * The quantile step/steps of rising values, with linear interpolation between neighbours (R's type 7, NumPy's
 * default). As a fraction of integers, so that a quantile that is one of the values is exactly that value.
 * @param sorted rising, without NaN, length >= 1
 * @param step 0..steps
 */
export function quantileOfSorted(sorted: Float64Array, step: number, steps: number): number {
  const place = (step * (sorted.length - 1)) / steps;
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  const t = place - below;
  const span = high - low;
  // Two values near the largest double may lie further apart than a double can say.
  if (span === Infinity) return low * (1 - t) + high * t;
  return t < 0.5 ? low + span * t : high - span * (1 - t);
}
