import { Injectable } from '@nestjs/common';
import { CallbacksService } from '../callbacks/callbacks.service.js';
import type { DatabaseClient } from '../database/database-client.js';
import type { JsonObject } from '../learn/json.js';
import { AttemptsRepository, type Ending } from './attempts.repository.js';
import type { TrainingError, TrainingRow } from './training.js';

/** A summary above this is left out of the callback; the receiver finds it at the model's version. */
const MAX_SUMMARY_BYTES = 16_000;

/** Every way out of an attempt: a training's final state and its callback appear together or not at all. */
@Injectable()
export class TrainingOutcomes {
  constructor(
    private readonly attempts: AttemptsRepository,
    private readonly callbacks: CallbacksService,
  ) {}

  /**
   * Ends a training whose row the caller has locked in this transaction.
   * @param report its `summary` goes with the callback
   */
  async end(client: DatabaseClient, id: string, ending: Ending, report?: JsonObject): Promise<TrainingRow> {
    const row = await this.attempts.end(client, id, ending);
    const summary = report?.['summary'];
    const isShort = summary !== undefined && Buffer.byteLength(JSON.stringify(summary)) <= MAX_SUMMARY_BYTES;
    await this.callbacks.enqueue(client, {
      type: `training.${ending.status}`,
      subject: id,
      data: {
        trainingId: id,
        modelId: row.model_id,
        ownerId: row.owner_id,
        datasetId: row.dataset_id,
        status: ending.status,
        modelVersion: row.model_version,
        ...(isShort ? { report: summary } : {}),
        ...(ending.error ? { error: { code: ending.error.code, detail: ending.error.detail } } : {}),
      },
    });
    return row;
  }

  /**
   * An attempt that came to nothing, for a reason that another one may not meet; the caller has locked the row.
   * Canceled meanwhile: canceled. Attempts left: back into the queue. Else failed with this error.
   * @param delayMs how long the next attempt waits at least
   * @returns whether there is a next attempt
   */
  async loseAttempt(
    client: DatabaseClient,
    row: TrainingRow,
    error: TrainingError,
    delayMs: number,
  ): Promise<boolean> {
    const isCanceled = row.cancel_requested;
    if (isCanceled || row.attempt >= row.max_attempts) {
      await this.end(client, row.id, isCanceled ? { status: 'canceled' } : { status: 'failed', error });
      return false;
    }
    await this.attempts.requeue(client, row.id, { countAttempt: true, delayMs });
    return true;
  }

  /** The service stops: the training waits for another worker as if this attempt had not been. */
  async giveBack(client: DatabaseClient, row: TrainingRow): Promise<void> {
    if (row.cancel_requested) await this.end(client, row.id, { status: 'canceled' });
    else await this.attempts.requeue(client, row.id, { countAttempt: false, delayMs: 0 });
  }
}

/** Nothing is known of the process but that it is gone. */
export const TRAINING_LOST: TrainingError = {
  code: 'training_lost',
  detail: 'The training process was lost on every attempt.',
};
