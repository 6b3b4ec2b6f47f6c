import type { RunTime } from './trainings.repository.js';

/** Before anything was measured: the start of a process, and a few microseconds a cell. */
const PRIOR_START_SECONDS = 1.5;
const PRIOR_SECONDS_PER_CELL = 5e-6;
/** A past training of this many times the size tells half as much as one of equal size. */
const HALF_WEIGHT_FACTOR = 4;

/**
 * Seconds that a training of this size will take, from those of the same algorithm that ended.
 * Each past one says by which factor the prior was wrong; sizes near to ours count more. The weighted median of the
 * factors is not moved by one run on a busy machine.
 */
export function expectedSeconds(
  size: { readonly nRows: number; readonly nColumns: number },
  past: readonly RunTime[],
): number {
  const prior = priorSeconds(size);
  const factors = past
    .filter((run) => run.seconds > 0)
    .map((run) => ({
      factor: run.seconds / priorSeconds(run),
      weight: 0.5 ** (Math.abs(Math.log(cells(run) / cells(size))) / Math.log(HALF_WEIGHT_FACTOR)),
    }))
    .sort((a, b) => a.factor - b.factor);
  const half = factors.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let reached = 0;
  for (const { factor, weight } of factors) {
    reached += weight;
    if (reached >= half) return prior * factor;
  }
  return prior;
}

/**
 * Seconds that are left. At the beginning the expectation decides; the further it is, the more what was measured does.
 * @param progress 0..1 of the whole
 */
export function etaSeconds(expected: number, elapsedSeconds: number, progress: number): number {
  if (progress >= 1) return 0;
  // (1 - p) of the expected total and p of the observed total, elapsed / p.
  const total = (1 - progress) * expected + elapsedSeconds;
  return Math.max(0, (1 - progress) * total);
}

function priorSeconds(size: { readonly nRows: number; readonly nColumns: number }): number {
  return PRIOR_START_SECONDS + PRIOR_SECONDS_PER_CELL * cells(size);
}

function cells({ nRows, nColumns }: { readonly nRows: number; readonly nColumns: number }): number {
  return Math.max(1, nRows * nColumns);
}
