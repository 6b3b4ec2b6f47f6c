import { Injectable } from '@nestjs/common';
import type { DatabaseClient } from '../../database/database-client.js';
import type { PredictionFile, PredictionFileError, PredictionFileResult } from './prediction-file.js';

/** Sent with a file's id when its row has changed. */
export const PREDICTION_FILE_CHANGED = 'prediction_file_changed';

/** A file in the store that belongs to a file of predictions. */
export interface StoredContent {
  readonly key: string;
  readonly nBytes: number;
  readonly sha256: string;
}

/** The form under which the canonical table is kept. */
export const TABLE_FORM = 'table';

export type NewPredictionFile = Pick<
  PredictionFile,
  'id' | 'modelId' | 'modelVersion' | 'callerId' | 'fileName' | 'nBytes' | 'onRowProblem'
>;

const COLUMNS = `id, model_id as "modelId", model_version as "modelVersion", caller_id as "callerId", status, progress,
  eta_seconds as "etaSeconds", file_name as "fileName", n_bytes as "nBytes", on_row_problem as "onRowProblem", format,
  layout, n_rows as "nRows", result, error, created_at as "createdAt", started_at as "startedAt",
  finished_at as "finishedAt", updated_at as "updatedAt"`;
const IS_OPEN = "status in ('queued', 'running')";
const LOST: PredictionFileError = {
  code: 'process_lost',
  detail: 'The process that predicted the file has ended; send the file again.',
};

/** All SQL on files of predictions. A file that has ended is never changed again: every step is fenced by its status. */
@Injectable()
export class PredictionFilesRepository {
  /** @returns false when the model has gone meanwhile */
  async insert(client: DatabaseClient, file: NewPredictionFile, leaseSeconds: number): Promise<boolean> {
    const nInserted = await client.execute(
      `insert into prediction_files (id, model_id, model_version, caller_id, status, file_name, n_bytes, on_row_problem, lease_until)
       select $1, id, $3, $4, 'queued', $5, $6, $7, now() + make_interval(secs => $8) from models where id = $2 for key share`,
      [
        file.id,
        file.modelId,
        file.modelVersion,
        file.callerId,
        file.fileName,
        file.nBytes,
        file.onRowProblem,
        leaseSeconds,
      ],
    );
    return nInserted === 1;
  }

  /** Whose process has died is found to be lost now. */
  async find(client: DatabaseClient, modelId: string, id: string): Promise<PredictionFile | undefined> {
    const [found] = await client.query<PredictionFile & { isLost: boolean }>(
      `select ${COLUMNS}, (${IS_OPEN} and lease_until < now()) as "isLost" from prediction_files where id = $1 and model_id = $2`,
      [id, modelId],
    );
    if (found === undefined) return undefined;
    const { isLost, ...file } = found;
    if (!isLost) return file;
    await this.end(client, id, { status: 'failed', error: LOST });
    return this.find(client, modelId, id);
  }

  /** Keeps the files of this process from being taken for lost; returns those that are still to be worked on. */
  async renew(client: DatabaseClient, ids: readonly string[], leaseSeconds: number): Promise<Set<string>> {
    const rows = await client.query<{ id: string }>(
      `update prediction_files set lease_until = now() + make_interval(secs => $2)
       where id = any ($1::uuid[]) and ${IS_OPEN} returning id`,
      [ids, leaseSeconds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** @returns false when it is not to be worked on any more, as below */
  begin(client: DatabaseClient, id: string): Promise<boolean> {
    return this.#change(client, id, `status = 'running', started_at = now()`, []);
  }

  read(
    client: DatabaseClient,
    id: string,
    { format, layout, nRows }: Pick<PredictionFile, 'format' | 'layout' | 'nRows'>,
  ): Promise<boolean> {
    return this.#change(client, id, 'format = $2, layout = $3, n_rows = $4', [format, layout, nRows]);
  }

  advance(client: DatabaseClient, id: string, progress: number, etaSeconds: number | null): Promise<boolean> {
    return this.#change(client, id, 'progress = greatest(progress, $2), eta_seconds = $3', [
      progress,
      etaSeconds,
    ]);
  }

  succeed(client: DatabaseClient, id: string, result: PredictionFileResult): Promise<boolean> {
    const set = `status = 'succeeded', progress = 1, eta_seconds = null, finished_at = now(), result = $2`;
    return this.#change(client, id, set, [JSON.stringify(result)]);
  }

  end(
    client: DatabaseClient,
    id: string,
    { status, error }: { status: 'failed' | 'canceled'; error?: PredictionFileError },
  ): Promise<boolean> {
    const set = 'status = $2, eta_seconds = null, finished_at = now(), error = $3';
    return this.#change(client, id, set, [status, error === undefined ? null : JSON.stringify(error)]);
  }

  /** Deletes one that has ended; returns what it had in the store. */
  async delete(client: DatabaseClient, id: string): Promise<string[]> {
    const rows = await client.query<{ key: string }>(
      'select key from prediction_file_contents where file_id = $1',
      [id],
    );
    await client.execute(`delete from prediction_files where id = $1 and not ${IS_OPEN}`, [id]);
    return rows.map(({ key }) => key);
  }

  findContent(client: DatabaseClient, id: string, form: string): Promise<StoredContent | undefined> {
    return client.one<StoredContent>(
      `select key, n_bytes as "nBytes", sha256 from prediction_file_contents where file_id = $1 and form = $2`,
      [id, form],
    );
  }

  /** @returns false when there is one of this form already, or the file has gone */
  async addContent(
    client: DatabaseClient,
    id: string,
    form: string,
    content: StoredContent,
  ): Promise<boolean> {
    const nInserted = await client.execute(
      `insert into prediction_file_contents (file_id, form, key, n_bytes, sha256)
       select id, $2, $3, $4, $5 from prediction_files where id = $1 for key share
       on conflict (file_id, form) do nothing`,
      [id, form, content.key, content.nBytes, content.sha256],
    );
    return nInserted === 1;
  }

  async #change(
    client: DatabaseClient,
    id: string,
    set: string,
    parameters: readonly unknown[],
  ): Promise<boolean> {
    const nChanged = await client.execute(
      `update prediction_files set ${set}, updated_at = clock_timestamp() where id = $1 and ${IS_OPEN}`,
      [id, ...parameters],
    );
    if (nChanged === 1) await client.notify(PREDICTION_FILE_CHANGED, id);
    return nChanged === 1;
  }
}
