/** The waits after attempts 1 to 9; the tenth failure is the last. The example of Standard Webhooks: 75.6 hours in all. */
export const RETRY_DELAYS_SECONDS: readonly number[] = [
  5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** A receiver may ask for a longer wait, but not for one that outlives its own use. */
const LONGEST_RETRY_AFTER_SECONDS = 86_400;
/** Spreads deliveries that failed together, so that they do not come back together. */
const JITTER = 0.2;

/**
 * The wait before the next attempt, in milliseconds; undefined when the attempts are used up.
 * @param nAttempts how many were made, >= 1
 * @param random uniform in [0, 1)
 * @param retryAfterSeconds what the receiver asked for; the longer of the two holds
 */
export function retryDelayMs(
  nAttempts: number,
  random: () => number,
  retryAfterSeconds = 0,
): number | undefined {
  const planned = RETRY_DELAYS_SECONDS[nAttempts - 1];
  if (planned === undefined) return undefined;
  const asked = Math.min(retryAfterSeconds, LONGEST_RETRY_AFTER_SECONDS);
  return Math.round(Math.max(planned, asked) * (1 + JITTER * random()) * 1000);
}

/** Reads a Retry-After header, seconds or an HTTP date; undefined when it is neither. */
export function parseRetryAfter(value: unknown, now: Date): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
