import { createCallbacks } from '../callbacks/create-callbacks.js';
import type { Database } from '../database/database.js';
import { AttemptsRepository } from './attempts.repository.js';
import { TRAINING_LOST, TrainingOutcomes } from './training-outcomes.js';

/** Rows that one sweep looks at; what is left waits for the next one. */
const BATCH = 200;

/** What a sweep found. */
export interface SweepResult {
  /** Attempts whose worker was gone. */
  readonly expired: number;
  /** Trainings that wait: each must have a job in the queue. A job too many does no harm. */
  readonly waiting: readonly string[];
}

/**
 * Takes trainings away from workers that did not renew their lease: back into the queue, or failed with training_lost
 * and its callback when the attempts are used up, or canceled when that was asked. Any number of processes may sweep
 * at once. Needs a database only.
 */
export async function sweepLeases(db: Database): Promise<SweepResult> {
  const attempts = new AttemptsRepository(db);
  const outcomes = new TrainingOutcomes(attempts, createCallbacks(db));
  const expired = await db.transaction(async (client) => {
    const rows = await attempts.lockExpired(client, BATCH);
    for (const row of rows) await outcomes.loseAttempt(client, row, TRAINING_LOST, 0);
    return rows.length;
  });
  return { expired, waiting: await attempts.waitingIds(BATCH) };
}
