const ROWS_PER_LOOK = 65_536;

/**
 * Of each target, how many are less: equal targets have equal ranks.
 * @param look is called every few milliseconds, but for the time that n numbers take to sort
 * Cost: O(n log n).
 */
export function rankTargets(targets: Float64Array, look: () => void): Uint32Array {
  const sorted = targets.slice().sort();
  const ranks = new Uint32Array(targets.length);
  for (let i = 0; i < targets.length; i++) {
    if (i % ROWS_PER_LOOK === 0) look();
    const target = targets[i] as number;
    let low = 0;
    let high = sorted.length - 1;
    // Invariant: the first place of the target is in low..high.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] as number) < target) low = middle + 1;
      else high = middle;
    }
    ranks[i] = low;
  }
  return ranks;
}
