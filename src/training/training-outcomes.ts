import { Injectable } from '@nestjs/common';
import { CallbacksService } from '../callbacks/callbacks.service.js';
import type { DatabaseClient } from '../database/database-client.js';
import type { JsonObject } from '../learn/json.js';
import { AttemptsRepository, type Ending } from './attempts.repository.js';
import type { TrainingRow } from './training.js';

/** A summary above this is left out of the callback; the receiver finds it at the model's version. */
const MAX_SUMMARY_BYTES = 16_000;

/** The one way for a training to end: its state and its callback appear together or not at all. */
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
}
