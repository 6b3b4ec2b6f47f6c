import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import { Problem } from '../../errors/problem.js';
import type { DownloadableObject } from '../../http/send-object.js';
import { runTask } from '../../processes/run-task.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { DatasetWithVersion } from '../dataset-types.js';
import { taskProblem } from '../task-problem.js';
import { Limiter } from '../upload/limiter.js';
import { EXPORT_WRITER_VERSION, type ExportOutput } from './export-table.js';
import { type ExportName, ExportsRepository, type StoredExport } from './exports.repository.js';

const MEDIA_TYPES = { csv: 'text/csv', parquet: 'application/vnd.apache.parquet' };

/** What the file is to look like. */
export interface ExportOptions {
  readonly format: 'csv' | 'parquet';
  /** Of a CSV; see ExportInput. */
  readonly guardFormulas: boolean;
}

/**
 * Versions of data sets as CSV or Parquet. A file is made once, in a process of its own, and kept in the store until
 * nobody has asked for it for EXPORTS_KEPT_HOURS or its version goes; so a download can be gone on with.
 */
@Injectable()
export class ExportService {
  readonly #tasks: Limiter;
  /** What is being made now, by table and form: who asks meanwhile waits for the same file. */
  readonly #making = new Map<string, Promise<StoredExport>>();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly repository: ExportsRepository,
  ) {
    this.#tasks = new Limiter(settings.ingestConcurrency);
  }

  /** @throws Problem dataset_not_found, process_timed_out, payload_too_large, storage_full */
  async export(dataset: DatasetWithVersion, options: ExportOptions): Promise<DownloadableObject> {
    const name = { datasetId: dataset.dataset.id, version: dataset.version, form: formOf(options) };
    const file = (await this.#kept(name)) ?? (await this.#makeOnce(dataset, name, options));
    const { format } = options;
    return { ...file, fileName: `${dataset.dataset.name}.${format}`, mediaType: MEDIA_TYPES[format] };
  }

  async #kept(name: ExportName): Promise<StoredExport | undefined> {
    const found = await this.repository.use(this.database, name);
    if (found === undefined || (await this.store.stat(found.key)) !== undefined) return found;
    await this.repository.forget(this.database, found.key);
    return undefined;
  }

  #makeOnce(dataset: DatasetWithVersion, name: ExportName, options: ExportOptions): Promise<StoredExport> {
    const place = `${dataset.tableKey} ${name.form}`;
    const running = this.#making.get(place);
    if (running !== undefined) return running;
    const making = this.#tasks
      .run(() => this.#make(dataset, name, options))
      .finally(() => this.#making.delete(place));
    this.#making.set(place, making);
    return making;
  }

  async #make(
    { tableKey, columns }: DatasetWithVersion,
    name: ExportName,
    options: ExportOptions,
  ): Promise<StoredExport> {
    const id = randomUUID();
    const outputPath = await this.store.scratchPath(`${id}.export`);
    try {
      const made = await this.#write(
        { tablePath: await this.store.localPath(tableKey), outputPath, columns },
        options,
      );
      const file = { key: `exports/${id}.${options.format}`, ...made };
      await this.store.putFile(file.key, outputPath);
      if (await this.repository.insert(this.database, name, tableKey, file)) return file;
      // Another process was faster, or the version is gone.
      await this.store.delete(file.key);
    } finally {
      await rm(outputPath, { force: true });
      await rm(`${outputPath}.body`, { force: true });
    }
    const other = await this.#kept(name);
    if (other === undefined) {
      throw new Problem('dataset_not_found', 'The version was deleted while the file was made.');
    }
    return other;
  }

  #write(
    files: { tablePath: string; outputPath: string; columns: DatasetWithVersion['columns'] },
    options: ExportOptions,
  ): Promise<ExportOutput> {
    const { ingestMemoryMb: memoryMb, ingestThreads: threads, ingestTimeoutSeconds } = this.settings;
    const limits = { timeoutMs: ingestTimeoutSeconds * 1000, memoryMb };
    return runTask('export', { ...files, ...options, memoryMb, threads }, limits).catch((error: unknown) => {
      throw taskProblem(error);
    });
  }
}

/** Names every option that changes the bytes. Formulas are guarded in CSV only. */
function formOf({ format, guardFormulas }: ExportOptions): string {
  const guarded = format === 'csv' && guardFormulas ? ' guarded' : '';
  return `${format}${guarded} ${EXPORT_WRITER_VERSION}`;
}
