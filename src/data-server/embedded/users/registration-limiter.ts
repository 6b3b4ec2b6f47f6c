import { Problem } from '../../../errors/problem.js';
import { AttemptCounts } from './attempt-counts.js';

const WINDOW_MS = 15 * 60_000;
/** A class room behind one address registers; a script that fills the table does not. */
const LIMIT = 60;

/** Counts registrations by address, whatever comes of them: each costs a password hash. */
export class RegistrationLimiter {
  readonly #counts = new AttemptCounts(WINDOW_MS);

  /** Throws Problem('too_many_requests') when the address has used up its count. */
  take(address: string): void {
    const attempts = this.#counts.of(address);
    if (attempts.count >= LIMIT) {
      const seconds = Math.ceil((attempts.resetAtMs - performance.now()) / 1000);
      throw new Problem('too_many_requests', 'Too many registrations from this address.', [], seconds);
    }
    attempts.count++;
  }
}
