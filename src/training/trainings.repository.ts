import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { DatabaseClient } from '../database/database-client.js';
import { type Training, type TrainingRow, toTraining } from './training.js';
import { TRAINING_CANCEL, TRAINING_CHANGED } from './training-channels.js';
import type { TrainingSpec, TrainingStatus } from './training-spec.js';

export interface TrainingFilter {
  readonly modelId?: string;
  readonly ownerId?: string;
  readonly status?: TrainingStatus;
  /** The id of a training of this list; what is older follows. */
  readonly before?: string;
  readonly limit: number;
}

/** How long a finished training took, for estimates of later ones. */
export interface RunTime {
  readonly seconds: number;
  readonly nRows: number;
  readonly nColumns: number;
}

/** What the API asks of the table of trainings. */
@Injectable()
export class TrainingsRepository {
  constructor(private readonly db: Database) {}

  async insert(
    client: DatabaseClient,
    training: { id: string; spec: TrainingSpec; maxAttempts: number },
  ): Promise<Training> {
    const { id, spec, maxAttempts } = training;
    const row = await client.one<TrainingRow>(
      `insert into trainings (id, model_id, owner_id, dataset_id, dataset_version, spec, status, max_attempts, max_run_seconds)
       values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8) returning *`,
      [
        id,
        spec.modelId,
        spec.ownerId,
        spec.datasetId,
        spec.datasetVersion,
        JSON.stringify(spec),
        maxAttempts,
        spec.maxRunSeconds,
      ],
    );
    await client.notify(TRAINING_CHANGED, id);
    return toTraining(row!);
  }

  /**
   * Takes the key for this training unless somebody has it; waits for a transaction that is just taking it.
   * Returns undefined when the key is now ours, else what it stands for.
   */
  async takeKey(
    client: DatabaseClient,
    key: { key: string; requestHash: string; trainingId: string },
  ): Promise<{ requestHash: string; trainingId: string } | undefined> {
    const taken = await client.execute(
      `insert into idempotency_keys (key, request_hash, training_id) values ($1, $2, $3) on conflict (key) do nothing`,
      [key.key, key.requestHash, key.trainingId],
    );
    return taken === 1 ? undefined : this.findKey(client, key.key);
  }

  async findKey(
    client: DatabaseClient,
    key: string,
  ): Promise<{ requestHash: string; trainingId: string } | undefined> {
    return client.one(
      `select request_hash as "requestHash", training_id as "trainingId" from idempotency_keys where key = $1`,
      [key],
    );
  }

  async find(id: string): Promise<Training | undefined> {
    const row = await this.db.one<TrainingRow>('select * from trainings where id = $1', [id]);
    return row && toTraining(row);
  }

  async delete(client: DatabaseClient, id: string): Promise<void> {
    await client.execute('delete from trainings where id = $1', [id]);
  }

  async lock(client: DatabaseClient, id: string): Promise<TrainingRow | undefined> {
    return client.one<TrainingRow>('select * from trainings where id = $1 for update', [id]);
  }

  async requestCancel(client: DatabaseClient, id: string): Promise<Training> {
    const row = await client.one<TrainingRow>(
      `update trainings set cancel_requested = true, updated_at = now() where id = $1 returning *`,
      [id],
    );
    await client.notify(TRAINING_CANCEL, id);
    await client.notify(TRAINING_CHANGED, id);
    return toTraining(row!);
  }

  /** The newest first. */
  async list(filter: TrainingFilter): Promise<Training[]> {
    const rows = await this.db.query<TrainingRow>(
      `select * from trainings
       where ($1::text is null or model_id = $1) and ($2::text is null or owner_id = $2)
         and ($3::text is null or status = $3)
         and ($4::uuid is null or (created_at, id) < (select created_at, id from trainings where id = $4))
       order by created_at desc, id desc limit $5`,
      [
        filter.modelId ?? null,
        filter.ownerId ?? null,
        filter.status ?? null,
        filter.before ?? null,
        filter.limit,
      ],
    );
    return rows.map(toTraining);
  }

  /** The newest first: how long trainings with this algorithm took that succeeded at the first attempt. */
  runTimes(algorithm: string, limit: number): Promise<RunTime[]> {
    return this.db.query<RunTime>(
      `select extract(epoch from finished_at - started_at)::double precision as seconds,
         (spec ->> 'nRows')::double precision as "nRows", (spec ->> 'nColumns')::double precision as "nColumns"
       from trainings where status = 'succeeded' and attempt = 1 and spec -> 'pipeline' ->> 'algorithm' = $1
         and spec ? 'nRows' order by finished_at desc limit $2`,
      [algorithm, limit],
    );
  }

  /** Whether a training that has not ended uses the data set or writes the model. */
  async isInUse(
    client: DatabaseClient,
    subject: { datasetId: string } | { modelId: string },
  ): Promise<boolean> {
    const [column, id] =
      'datasetId' in subject ? ['dataset_id', subject.datasetId] : ['model_id', subject.modelId];
    const row = await client.one(
      `select 1 as found from trainings where ${column} = $1 and finished_at is null limit 1`,
      [id],
    );
    return row !== undefined;
  }

  /** The versions of the data set that trainings which have not ended were started on. */
  async versionsInUse(client: DatabaseClient, datasetId: string): Promise<number[]> {
    const rows = await client.query<{ version: number }>(
      'select distinct dataset_version as version from trainings where dataset_id = $1 and finished_at is null',
      [datasetId],
    );
    return rows.map(({ version }) => version);
  }
}
