import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database.js';
import type { DatabaseClient } from '../../../database/database-client.js';
import type { ModelRecord, TrainingStatus } from './record.js';

const COLUMNS = `id, owner_id as "ownerId", name, shared, training_status as "trainingStatus", training_id as "trainingId",
  model_version as "modelVersion", last_outcome as "lastOutcome", created_at as "createdAt", updated_at as "updatedAt"`;

/** A start that left neither an answer nor an error behind (the process died) blocks the model no longer than this. */
const STARTING_MAX_SECONDS = 60;

/** What a callback says of a model's training. */
export interface Outcome {
  readonly modelId: string;
  readonly ownerId: string;
  readonly trainingId: string;
  readonly status: TrainingStatus;
  readonly modelVersion: number | null;
  readonly data: object;
}

@Injectable()
export class ModelRecordsRepository {
  constructor(private readonly database: Database) {}

  listOf(ownerId: string): Promise<ModelRecord[]> {
    return this.database.query<ModelRecord>(
      `select ${COLUMNS} from data_server.models where owner_id = $1 order by created_at, id`,
      [ownerId],
    );
  }

  find(id: string): Promise<ModelRecord | undefined> {
    return this.database.one<ModelRecord>(`select ${COLUMNS} from data_server.models where id = $1`, [id]);
  }

  /** Undefined when the owner has another of this name. */
  insert(id: string, ownerId: string, name: string): Promise<ModelRecord | undefined> {
    return this.database.one<ModelRecord>(
      `insert into data_server.models (id, owner_id, name) values ($1, $2, $3)
       on conflict (owner_id, name) do nothing returning ${COLUMNS}`,
      [id, ownerId, name],
    );
  }

  /** Undefined when the owner has another of this name. */
  update(id: string, name: string | null, shared: boolean | null): Promise<ModelRecord | undefined> {
    return this.database.one<ModelRecord>(
      `update data_server.models m
       set name = coalesce($2, name), shared = coalesce($3, shared), updated_at = now()
       where id = $1 and not exists (select from data_server.models o
                                     where o.owner_id = m.owner_id and o.name = $2 and o.id <> m.id)
       returning ${COLUMNS}`,
      [id, name, shared],
    );
  }

  async delete(id: string): Promise<void> {
    await this.database.execute('delete from data_server.models where id = $1', [id]);
  }

  /** Takes the model for a training; false when another has it. Of two at once one gets it. */
  async claimForTraining(id: string): Promise<boolean> {
    const changed = await this.database.execute(
      `update data_server.models set training_status = 'starting', training_since = now(), updated_at = now()
       where id = $1 and (training_status not in ('starting', 'running')
         or (training_status = 'starting' and training_since < now() - make_interval(secs => $2)))`,
      [id, STARTING_MAX_SECONDS],
    );
    return changed === 1;
  }

  /** The training runs, unless its outcome has already come. */
  async markRunning(id: string, trainingId: string): Promise<void> {
    await this.database.execute(
      `update data_server.models set training_status = 'running', training_id = $2, updated_at = now()
       where id = $1 and training_status = 'starting'`,
      [id, trainingId],
    );
  }

  /** The start was refused: the model is again what it was before. */
  async releaseClaim(id: string, status: TrainingStatus): Promise<void> {
    await this.database.execute(
      `update data_server.models set training_status = $2, updated_at = now()
       where id = $1 and training_status = 'starting'`,
      [id, status],
    );
  }

  /** Puts the outcome down, except when a later training of the model is running. */
  async recordOutcome(outcome: Outcome, client: DatabaseClient): Promise<void> {
    await client.execute(
      `update data_server.models
       set training_status = $4, training_id = $3, model_version = coalesce($5, model_version), last_outcome = $6,
           updated_at = now()
       where id = $1 and owner_id = $2 and not (training_status = 'running' and training_id <> $3)`,
      [
        outcome.modelId,
        outcome.ownerId,
        outcome.trainingId,
        outcome.status,
        outcome.modelVersion,
        JSON.stringify(outcome.data),
      ],
    );
  }
}
