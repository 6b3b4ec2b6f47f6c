import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { DatabaseClient } from '../database/database-client.js';
import type { FinalStatus, TrainingError, TrainingRow } from './training.js';
import { TRAINING_CHANGED } from './training-channels.js';
import type { TrainingPhase } from './training-spec.js';

/** How a training ends. */
export interface Ending {
  readonly status: FinalStatus;
  readonly modelVersion?: number;
  readonly warnings?: readonly string[];
  readonly error?: TrainingError;
}

/**
 * What a worker and the sweep do to a training. Whoever holds the lease token may write; every statement of an
 * attempt names it, so a worker that was given up writes nothing. Times are the database's: many machines, one clock.
 */
@Injectable()
export class AttemptsRepository {
  constructor(private readonly db: Database) {}

  /** Raises the attempt and sets the lease in one statement; undefined when somebody else has it or it has ended. */
  async claim(id: string, leaseToken: string, leaseSeconds: number): Promise<TrainingRow | undefined> {
    const row = await this.db.one<TrainingRow>(
      `update trainings set status = 'loading', attempt = attempt + 1, lease_token = $2,
         lease_expires_at = now() + make_interval(secs => $3), progress = 0, eta_seconds = null,
         started_at = now(), updated_at = now()
       where id = $1 and status = 'queued' and attempt < max_attempts
         and (lease_expires_at is null or lease_expires_at <= now()) returning *`,
      [id, leaseToken, leaseSeconds],
    );
    if (row) await this.db.notify(TRAINING_CHANGED, id);
    return row;
  }

  /** Renews the lease; undefined when it is no longer ours. */
  async renew(
    id: string,
    leaseToken: string,
    leaseSeconds: number,
  ): Promise<{ cancelRequested: boolean } | undefined> {
    return this.db.one(
      `update trainings set lease_expires_at = now() + make_interval(secs => $3)
       where id = $1 and lease_token = $2 returning cancel_requested as "cancelRequested"`,
      [id, leaseToken, leaseSeconds],
    );
  }

  /** Progress within an attempt never goes back, whatever order the writes arrive in. */
  async advance(
    id: string,
    leaseToken: string,
    step: { phase: TrainingPhase; progress: number; etaSeconds: number | null },
  ): Promise<void> {
    const changed = await this.db.execute(
      `update trainings set status = $3, progress = $4, eta_seconds = $5, updated_at = now()
       where id = $1 and lease_token = $2 and progress <= $4`,
      [id, leaseToken, step.phase, step.progress, step.etaSeconds],
    );
    if (changed === 1) await this.db.notify(TRAINING_CHANGED, id);
  }

  /** The row, locked, if this attempt still holds the lease. */
  async lockHeld(client: DatabaseClient, id: string, leaseToken: string): Promise<TrainingRow | undefined> {
    return client.one<TrainingRow>(
      'select * from trainings where id = $1 and lease_token = $2 and finished_at is null for update',
      [id, leaseToken],
    );
  }

  /** Ends a training whose row the caller has locked. */
  async end(client: DatabaseClient, id: string, ending: Ending): Promise<TrainingRow> {
    const row = await client.one<TrainingRow>(
      `update trainings set status = $2, model_version = $3, warnings = $4, error = $5,
         progress = case when $2 = 'succeeded' then 1 else progress end, eta_seconds = null,
         lease_token = null, lease_expires_at = null, finished_at = now(), updated_at = now()
       where id = $1 and finished_at is null returning *`,
      [
        id,
        ending.status,
        ending.modelVersion ?? null,
        JSON.stringify(ending.warnings ?? []),
        ending.error ? JSON.stringify(ending.error) : null,
      ],
    );
    if (!row) throw new Error('a training that has ended must not end again');
    await client.notify(TRAINING_CHANGED, id);
    return row;
  }

  /**
   * Back into the queue, for a row that the caller has locked. While it waits, `lease_expires_at` says until when
   * nobody may claim it.
   * @param options.countAttempt false: it was not the attempt's fault
   */
  async requeue(
    client: DatabaseClient,
    id: string,
    options: { countAttempt: boolean; delayMs: number },
  ): Promise<void> {
    await client.execute(
      `update trainings set status = 'queued', attempt = attempt - $2, progress = 0, eta_seconds = null,
         lease_token = null, lease_expires_at = now() + make_interval(secs => $3), updated_at = now()
       where id = $1 and finished_at is null`,
      [id, options.countAttempt ? 0 : 1, options.delayMs / 1000],
    );
    await client.notify(TRAINING_CHANGED, id);
  }

  /** Locks trainings whose worker has not renewed in time. A worker that is just finishing one has it locked: skipped. */
  lockExpired(client: DatabaseClient, limit: number): Promise<TrainingRow[]> {
    return client.query<TrainingRow>(
      `select * from trainings where finished_at is null and status <> 'queued' and lease_expires_at < now()
       order by lease_expires_at limit $1 for update skip locked`,
      [limit],
    );
  }

  /** Trainings that wait and may be claimed: the truth against which the queue is held. */
  async waitingIds(limit: number): Promise<string[]> {
    const rows = await this.db.query<{ id: string }>(
      `select id from trainings where status = 'queued'
         and (lease_expires_at is null or lease_expires_at <= now()) order by created_at limit $1`,
      [limit],
    );
    return rows.map((row) => row.id);
  }
}
