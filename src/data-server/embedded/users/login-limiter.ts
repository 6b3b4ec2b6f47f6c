import { Problem } from '../../../errors/problem.js';
import { AttemptCounts } from './attempt-counts.js';

const WINDOW_MS = 15 * 60_000;
/** One person who mistypes; one name tried from everywhere; one address that tries everybody. */
const LIMITS = { pair: 10, name: 100, address: 100 };

/**
 * Counts failed logins by name, by address and by both. An attempt is counted before the password is looked at, so
 * that many attempts at once do not pass together; a success gives it back.
 */
export class LoginLimiter {
  readonly #counts = new AttemptCounts(WINDOW_MS);

  /** Throws Problem('too_many_requests') when one of the counts is used up. Returns the way to give the attempt back. */
  take(name: string, address: string): () => void {
    const keys: [string, number][] = [
      [`pair:${address}:${name.toLowerCase()}`, LIMITS.pair],
      [`name:${name.toLowerCase()}`, LIMITS.name],
      [`address:${address}`, LIMITS.address],
    ];
    const taken = keys.map(([key, limit]) => ({ attempts: this.#counts.of(key), limit }));
    const now = performance.now();
    const full = taken.filter(({ attempts, limit }) => attempts.count >= limit);
    if (full.length > 0) {
      const waitMs = Math.max(...full.map(({ attempts }) => attempts.resetAtMs - now));
      throw new Problem('too_many_requests', 'Too many failed logins.', [], Math.ceil(waitMs / 1000));
    }
    for (const { attempts } of taken) attempts.count++;
    return () => {
      for (const { attempts } of taken) attempts.count--;
    };
  }
}
