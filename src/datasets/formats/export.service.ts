import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { runTask } from '../../processes/run-task.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { DatasetVersion } from '../dataset-types.js';
import { taskProblem } from '../task-problem.js';

/** A file that was made for a download; it is the caller's to delete. */
export interface ExportedFile {
  readonly path: string;
  readonly mediaType: string;
  dispose(): Promise<void>;
}

/** Writes a version of a data set as CSV or Parquet, in a process of its own. */
@Injectable()
export class ExportService {
  constructor(
    private readonly settings: Settings,
    private readonly store: ObjectStore,
  ) {}

  /** @throws Problem process_timed_out, payload_too_large, storage_full */
  async export(
    version: Pick<DatasetVersion, 'tableKey' | 'columns'>,
    format: 'csv' | 'parquet',
    options: { readonly guardFormulas?: boolean } = {},
  ): Promise<ExportedFile> {
    const { settings } = this;
    const outputPath = await this.store.scratchPath(`${randomUUID()}.export`);
    const dispose = async () => {
      await rm(outputPath, { force: true });
      await rm(`${outputPath}.body`, { force: true });
    };
    const input = {
      tablePath: await this.store.localPath(version.tableKey),
      outputPath,
      columns: version.columns,
      format,
      guardFormulas: options.guardFormulas ?? false,
      memoryMb: settings.ingestMemoryMb,
      threads: settings.ingestThreads,
    };
    try {
      await runTask('export', input, {
        timeoutMs: settings.ingestTimeoutSeconds * 1000,
        memoryMb: settings.ingestMemoryMb,
      });
    } catch (error) {
      await dispose();
      throw taskProblem(error);
    }
    const mediaType = format === 'csv' ? 'text/csv' : 'application/vnd.apache.parquet';
    return { path: outputPath, mediaType, dispose };
  }
}
