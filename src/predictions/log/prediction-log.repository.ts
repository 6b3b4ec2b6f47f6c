import type { DatabaseClient } from '../../database/database-client.js';
import type { KeptPrediction, LogChoice } from './log-types.js';
import type { RowText } from './row-text.js';

interface Row {
  id: string;
  row: number;
  model_id: string;
  model_version: number;
  protocol: string;
  request_id: string;
  caller_id: string | null;
  input: KeptPrediction['input'];
  outputs: number[];
  decision: number | null;
  warnings: KeptPrediction['warnings'] | null;
  latency_ms: number;
  actual: KeptPrediction['actual'];
  actual_at: Date | null;
  created_at: Date;
}

/** Where a page of predictions begins: after this one, in the order of the newest first. */
export interface PredictionCursor {
  readonly createdAt: Date;
  readonly id: string;
  /** null: after all of its rows. */
  readonly row: number | null;
}

/** What is true of rows that were decided alike, or of all rows of a regression; by version. */
export interface ActualCount {
  readonly version: number;
  /** Classification: the class that was answered and the true one. */
  readonly decision: number | null;
  readonly actual: string | number | boolean;
  readonly count: number;
}

/** Sums over the rows of a version whose true value is known. */
export interface ErrorSums {
  readonly version: number;
  readonly count: number;
  readonly absolute: number;
  readonly squared: number;
  readonly actual: number;
  readonly actualSquared: number;
}

const COLUMNS = `id, row, model_id, model_version, protocol, request_id, caller_id, input, outputs, decision, warnings,
  latency_ms, actual, actual_at, created_at`;

/** The tables `predictions` and `prediction_log_settings`. */
export class PredictionLogRepository {
  /** Rows of a model that is gone meanwhile are left out. */
  async insert(client: DatabaseClient, rows: readonly RowText[]): Promise<void> {
    await client.execute(
      `insert into predictions (id, row, model_id, model_version, protocol, request_id, caller_id, input, outputs,
                                decision, warnings, latency_ms, created_at)
       select r."id", r."row", r."modelId", r."modelVersion", r."protocol", r."requestId", r."callerId", r."input",
              r."outputs", r."decision", nullif(r."warnings", '[]'), r."latencyMs", r."createdAt"
       from jsonb_to_recordset($1::jsonb) as r ("id" uuid, "row" int, "modelId" text, "modelVersion" int,
            "protocol" text, "requestId" text, "callerId" text, "input" jsonb, "outputs" double precision[],
            "decision" int, "warnings" jsonb, "latencyMs" real, "createdAt" timestamptz)
       join models m on m.id = r."modelId"
       on conflict do nothing`,
      [`[${rows.join()}]`],
    );
  }

  /** Every row of one request, in order. */
  async find(client: DatabaseClient, id: string): Promise<KeptPrediction[]> {
    const rows = await client.query<Row>(`select ${COLUMNS} from predictions where id = $1 order by row`, [
      id,
    ]);
    return rows.map(toPrediction);
  }

  /** The newest first. */
  async list(
    client: DatabaseClient,
    modelId: string,
    limit: number,
    before?: PredictionCursor,
  ): Promise<KeptPrediction[]> {
    const rows = await client.query<Row>(
      `select ${COLUMNS} from predictions
       where model_id = $1 and ($3::timestamptz is null or (created_at, id) <= ($3, $4::uuid))
         and ($4::uuid is null or id <> $4 or row > $5::int)
       order by created_at desc, id desc, row limit $2`,
      [modelId, limit, before?.createdAt ?? null, before?.id ?? null, before?.row ?? null],
    );
    return rows.map(toPrediction);
  }

  /** False when there is no such row. */
  async setActual(
    client: DatabaseClient,
    id: string,
    row: number,
    actual: string | number | boolean,
  ): Promise<boolean> {
    const changed = await client.execute(
      'update predictions set actual = $3::jsonb, actual_at = now() where id = $1 and row = $2',
      [id, row, JSON.stringify(actual)],
    );
    return changed === 1;
  }

  /** How many predictions of each version are kept. */
  async countByVersion(
    client: DatabaseClient,
    modelId: string,
    since: Date,
  ): Promise<{ version: number; count: number; first: Date; last: Date }[]> {
    return client.query(
      `select model_version as version, count(*)::int as count, min(created_at) as first, max(created_at) as last
       from predictions where model_id = $1 and created_at >= $2 group by 1 order by 1 desc`,
      [modelId, since],
    );
  }

  async countActuals(client: DatabaseClient, modelId: string, since: Date): Promise<ActualCount[]> {
    return client.query(
      `select model_version as version, decision, actual, count(*)::int as count from predictions
       where model_id = $1 and created_at >= $2 and actual is not null group by 1, 2, 3`,
      [modelId, since],
    );
  }

  /** Of the rows whose true value is a number; what they are compared with is none where the version does not regress. */
  async sumErrors(client: DatabaseClient, modelId: string, since: Date): Promise<ErrorSums[]> {
    return client.query(
      `select model_version as version, count(*)::int as count, sum(abs(error)) as absolute,
              sum(error * error) as squared, sum(actual) as actual, sum(actual * actual) as "actualSquared"
       from (select model_version, ${bounded('outputs[1]')} - ${bounded('actual::float8')} as error,
                    ${bounded('actual::float8')} as actual from predictions
             where model_id = $1 and created_at >= $2 and jsonb_typeof(actual) = 'number') as known
       group by 1`,
      [modelId, since],
    );
  }

  async findChoice(client: DatabaseClient, modelId: string): Promise<LogChoice | undefined> {
    return client.one<LogChoice>(
      `select sample_share as "sampleShare", keep_days as "keepDays", retrain_on_drift as "retrainOnDrift"
       from prediction_log_settings where model_id = $1`,
      [modelId],
    );
  }

  /** Every choice that was made. */
  async listChoices(client: DatabaseClient): Promise<(LogChoice & { readonly modelId: string })[]> {
    return client.query(
      `select model_id as "modelId", sample_share as "sampleShare", keep_days as "keepDays",
              retrain_on_drift as "retrainOnDrift"
       from prediction_log_settings`,
    );
  }

  /** False when nothing was trained or imported under the id. */
  async setChoice(client: DatabaseClient, modelId: string, choice: LogChoice): Promise<boolean> {
    const changed = await client.execute(
      `insert into prediction_log_settings (model_id, sample_share, keep_days, retrain_on_drift)
       select id, $2, $3, $4 from models where id = $1
       on conflict (model_id) do update
       set sample_share = excluded.sample_share, keep_days = excluded.keep_days,
           retrain_on_drift = excluded.retrain_on_drift, updated_at = now()`,
      [modelId, choice.sampleShare, choice.keepDays, choice.retrainOnDrift],
    );
    return changed === 1;
  }
}

/** A greater number has a square that is none: the database would refuse to sum at all, for one row. */
function bounded(sql: string): string {
  return `least(greatest(${sql}, -1e149), 1e149)`;
}

function toPrediction(row: Row): KeptPrediction {
  return {
    id: row.id,
    row: row.row,
    modelId: row.model_id,
    modelVersion: row.model_version,
    protocol: row.protocol,
    requestId: row.request_id,
    callerId: row.caller_id,
    input: row.input,
    outputs: row.outputs,
    decision: row.decision,
    warnings: row.warnings ?? [],
    latencyMs: row.latency_ms,
    actual: row.actual,
    actualAt: row.actual_at,
    createdAt: row.created_at,
  };
}
