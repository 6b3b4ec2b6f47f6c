import type { AttemptsRepository } from './attempts.repository.js';
import type { RunningAttempt } from './running-trainings.js';

/** Renewals within one lease: two may fail before it is lost. */
const RENEWALS_PER_LEASE = 3;

/**
 * Renews the lease while an attempt runs, and ends the attempt when the lease is gone: another worker may have it by
 * then. Also carries a cancel whose notification was lost. Returns the way to stop.
 */
export function keepLease(
  attempts: AttemptsRepository,
  held: { readonly id: string; readonly leaseToken: string; readonly leaseSeconds: number },
  attempt: RunningAttempt,
): () => void {
  let renewedAt = performance.now();
  let isRenewing = false;
  const renew = async () => {
    if (isRenewing) return;
    isRenewing = true;
    const startedAt = performance.now();
    try {
      const lease = await attempts.renew(held.id, held.leaseToken, held.leaseSeconds);
      if (!lease) attempt.stop('lease_lost');
      else if (lease.cancelRequested) attempt.stop('canceled');
      renewedAt = startedAt;
    } catch {
      // The database is away. Its own statement at the end decides; until then the lease counts from the last answer.
      if (performance.now() - renewedAt > held.leaseSeconds * 1000) attempt.stop('lease_lost');
    } finally {
      isRenewing = false;
    }
  };
  const timer = setInterval(() => void renew(), (held.leaseSeconds * 1000) / RENEWALS_PER_LEASE);
  return () => clearInterval(timer);
}
