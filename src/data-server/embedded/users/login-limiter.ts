import { Problem } from '../../../errors/problem.js';

interface Attempts {
  count: number;
  readonly resetAtMs: number;
}

const WINDOW_MS = 15 * 60_000;
/** One person who mistypes; one name tried from everywhere; one address that tries everybody. */
const LIMITS = { pair: 10, name: 100, address: 100 };
const MAX_KEYS = 50_000;

/**
 * Counts failed logins by name, by address and by both. An attempt is counted before the password is looked at, so
 * that many attempts at once do not pass together; a success gives it back.
 */
export class LoginLimiter {
  readonly #attempts = new Map<string, Attempts>();

  /** Throws Problem('too_many_requests') when one of the counts is used up. Returns the way to give the attempt back. */
  take(name: string, address: string): () => void {
    const keys: [string, number][] = [
      [`pair:${address}:${name.toLowerCase()}`, LIMITS.pair],
      [`name:${name.toLowerCase()}`, LIMITS.name],
      [`address:${address}`, LIMITS.address],
    ];
    const taken = keys.map(([key, limit]) => ({ attempts: this.#current(key), limit }));
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

  #current(key: string): Attempts {
    const known = this.#attempts.get(key);
    if (known !== undefined && known.resetAtMs > performance.now()) return known;
    this.#attempts.delete(key);
    if (this.#attempts.size >= MAX_KEYS) {
      const oldest = this.#attempts.keys().next();
      if (!oldest.done) this.#attempts.delete(oldest.value);
    }
    const fresh = { count: 0, resetAtMs: performance.now() + WINDOW_MS };
    this.#attempts.set(key, fresh);
    return fresh;
  }
}
