import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { DatasetFormat, IngestOverrides } from '../../datasets/ingest/ingest-types.js';
import { Problem } from '../../errors/problem.js';
import type { ModelVersion } from '../../models/model-types.js';
import { ObjectStore } from '../../storage/object-store.js';
import { FileSample } from '../log/file-sample.js';
import type { ContentOutput } from './content/content-types.js';
import { FileProgress } from './file-progress.js';
import type { PredictionFileError } from './prediction-file.js';
import { PredictionFilesRepository, type StoredContent, TABLE_FORM } from './prediction-files.repository.js';
import type { PredictionTaskOutput, RowProblemPolicy } from './process/file-task-types.js';
import { type ReadRows, RowsReader } from './read-rows.js';
import { TablePredictor, type TaskWatch } from './table-predictor.js';

/** A file that was received and is to be predicted. */
export interface PredictionFileWork {
  readonly id: string;
  readonly version: ModelVersion;
  /** Who sent it; null where the data server does not say. */
  readonly callerId: string | null;
  /** Where everything lies that is made on the way; the received file is `source` in it. */
  readonly folder: string;
  readonly format: DatasetFormat;
  readonly overrides: IngestOverrides;
  readonly onRowProblem: RowProblemPolicy;
  readonly signal: AbortSignal;
}

/** Takes one file from its receipt to its end: reads it, predicts it, writes it, keeps it. */
@Injectable()
export class PredictionFileRunner {
  readonly #logger = new Logger('prediction-files');

  constructor(
    private readonly db: Database,
    private readonly repository: PredictionFilesRepository,
    private readonly store: ObjectStore,
    private readonly reader: RowsReader,
    private readonly predictor: TablePredictor,
    private readonly log: FileSample,
  ) {}

  /** Resolves when its end is written down, or is no longer ours to write. */
  async run(work: PredictionFileWork): Promise<void> {
    try {
      let hasBegun = false;
      const turn = this.predictor.inTurn(async () => {
        if (work.signal.aborted) return;
        hasBegun = true;
        if (await this.repository.begin(this.db, work.id)) await this.#work(work);
      });
      // One that is stopped while it waits does not wait for its turn to go.
      const stopped = new Promise<void>((resolve) => {
        work.signal.addEventListener('abort', () => (hasBegun ? undefined : resolve()), { once: true });
      });
      await Promise.race([turn, stopped]);
    } catch (error) {
      // Whoever has stopped it has written down why.
      if (!work.signal.aborted) await this.#fail(work.id, error);
    } finally {
      await rm(work.folder, { recursive: true, force: true });
    }
  }

  async #work(work: PredictionFileWork): Promise<void> {
    const { id, folder, version, signal } = work;
    const progress = new FileProgress((done, etaSeconds) => {
      this.repository.advance(this.db, id, done, etaSeconds).catch((error: unknown) => {
        this.#logger.warn({ msg: 'progress was not written', id, err: error });
      });
    });
    const watch: TaskWatch = { signal, onProgress: (phase, fraction) => progress.report(phase, fraction) };
    const tablePath = join(folder, 'rows.parquet');
    const outputPath = join(folder, 'predicted.parquet');
    const { format, overrides, onRowProblem } = work;
    const source = { sourcePath: join(folder, 'source'), tablePath, format, overrides };
    const rows = await this.reader.read(source, version.signature, watch);
    await this.repository.read(this.db, id, rows);
    const sample = this.log.question(version.modelId);
    const question = { tablePath, columns: rows.columns, outputPath, onRowProblem, sample };
    const begunMs = performance.now();
    const made = await this.predictor.predict(version, question, watch);
    const latencyMs = performance.now() - begunMs;
    if (await this.#keep(work, rows, made, outputPath, watch)) await this.#logRows(work, made, latencyMs);
  }

  /** The file's id is the prediction id of its rows. */
  async #logRows(
    { id, version, callerId }: PredictionFileWork,
    { sampled }: PredictionTaskOutput,
    latencyMs: number,
  ): Promise<void> {
    const { modelId, version: modelVersion } = version;
    const createdAt = new Date();
    const shared = {
      id,
      modelId,
      modelVersion,
      protocol: 'file',
      requestId: id,
      callerId,
      latencyMs,
      createdAt,
    };
    await this.log.keep({ ...shared, ...sampled });
  }

  /**
   * Writes the file that is given by default, and keeps it beside the table of which others can be made.
   * @returns false when nobody wants it any more
   */
  async #keep(
    { id, folder }: PredictionFileWork,
    { format, layout }: ReadRows,
    { columns, added, nWarnings, nRowsWithProblems }: PredictionTaskOutput,
    tablePath: string,
    watch: TaskWatch,
  ): Promise<boolean> {
    const contentPath = join(folder, 'content');
    const content = await this.predictor.write(
      {
        tablePath,
        columns: columns.map((column, index) => ({ ...column, index })),
        format,
        layout,
        style: 'plain',
        outputPath: contentPath,
      },
      watch,
    );
    const stored = [
      { form: TABLE_FORM, ...(await this.#store(tablePath, '.parquet', { nBytes: 0, sha256: '' })) },
      { form: format, ...(await this.#store(contentPath, `.${format}`, content)) },
    ];
    const isKept = await this.db.transaction(async (client) => {
      const result = { columns, added, nWarnings, nRowsWithProblems };
      if (!(await this.repository.succeed(client, id, result))) return false;
      for (const { form, ...file } of stored) await this.repository.addContent(client, id, form, file);
      return true;
    });
    if (!isKept) for (const { key } of stored) await this.store.delete(key);
    return isKept;
  }

  async #store(path: string, ending: string, { sha256 }: ContentOutput): Promise<StoredContent> {
    const key = `prediction-files/${randomUUID()}${ending}`;
    const { nBytes } = await this.store.putFile(key, path);
    return { key, nBytes, sha256 };
  }

  async #fail(id: string, error: unknown): Promise<void> {
    let told: PredictionFileError = { code: 'internal_error', detail: 'Something failed here; see the log.' };
    if (error instanceof Problem) {
      const { code, detail, errors, cause } = error;
      if (cause !== undefined) this.#logger.warn({ msg: 'a file was not predicted', id, code, err: cause });
      told = { code, detail, ...(errors.length > 0 ? { errors } : {}) };
    } else this.#logger.error({ msg: 'a file could not be predicted', id, err: error });
    await this.repository.end(this.db, id, { status: 'failed', error: told });
  }
}

/** A fresh folder for one file. */
export async function makeFolder(store: ObjectStore): Promise<string> {
  const folder = await store.scratchPath('prediction-file');
  await mkdir(folder);
  return folder;
}
