import type { DatabaseClient } from '../../database/database-client.js';
import type { AskedRow, DriftFindings } from '../../learn/drift/drift-watch.js';

/** Where a page of inputs begins: after this row, in the order of the newest first. */
interface InputCursor {
  readonly createdAt: Date;
  readonly id: string;
  readonly row: number;
}

export type LoggedInput = InputCursor & AskedRow;

/** What was found when a model was last looked at. */
export interface DriftState {
  readonly version: number;
  readonly isDrifted: boolean;
}

/** The table `model_drift`, and the inputs of `predictions`. */
export class DriftRepository {
  /** Rows that a version has predicted since then, the newest first. */
  async inputs(
    client: DatabaseClient,
    of: { readonly modelId: string; readonly version: number; readonly since: Date },
    limit: number,
    after?: InputCursor,
  ): Promise<LoggedInput[]> {
    return client.query<LoggedInput>(
      `select created_at as "createdAt", id, row, input, coalesce(warnings, '[]') as warnings from predictions
       where model_id = $1 and model_version = $2 and created_at >= $3
         and ($5::timestamptz is null or (created_at, id, -row) < ($5, $6::uuid, -$7::int))
       order by created_at desc, id desc, row limit $4`,
      [
        of.modelId,
        of.version,
        of.since,
        limit,
        after?.createdAt ?? null,
        after?.id ?? null,
        after?.row ?? null,
      ],
    );
  }

  /** Models whose predictions were kept since then. */
  async watchedModels(client: DatabaseClient, since: Date): Promise<string[]> {
    const rows = await client.query<{ id: string }>(
      `select m.id from models m where exists (
         select from predictions p where p.model_id = m.id and p.created_at >= $1) order by m.id`,
      [since],
    );
    return rows.map(({ id }) => id);
  }

  async findState(client: DatabaseClient, modelId: string): Promise<DriftState | undefined> {
    return client.one<DriftState>(
      `select model_version as version, is_drifted as "isDrifted" from model_drift where model_id = $1 for update`,
      [modelId],
    );
  }

  async setState(
    client: DatabaseClient,
    modelId: string,
    state: DriftState,
    findings: DriftFindings,
  ): Promise<void> {
    await client.execute(
      `insert into model_drift (model_id, model_version, is_drifted, findings) values ($1, $2, $3, $4::jsonb)
       on conflict (model_id) do update set model_version = excluded.model_version,
         is_drifted = excluded.is_drifted, findings = excluded.findings, checked_at = now()`,
      [modelId, state.version, state.isDrifted, JSON.stringify(findings)],
    );
  }

  async retrainsOnDrift(client: DatabaseClient, modelId: string): Promise<boolean> {
    const row = await client.one<{ retrain: boolean }>(
      'select retrain_on_drift as retrain from prediction_log_settings where model_id = $1',
      [modelId],
    );
    return row?.retrain ?? false;
  }
}
