import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import type { ProcessTasks } from '../../processes/messages.js';
import { runTask } from '../../processes/run-task.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { Dataset, DatasetRecord, NewDatasetVersion } from '../dataset-types.js';
import type { UploadQuery } from '../datasets.dto.js';
import { DatasetsService } from '../datasets.service.js';
import type { DatasetFormat, IngestInput } from '../ingest/ingest-types.js';
import { taskProblem } from '../task-problem.js';
import { ingestLimits } from './ingest-limits.js';
import { Limiter } from './limiter.js';
import { type ReceivedFile, receiveFile } from './receive-file.js';
import {
  bareMediaType,
  dialectOverrides,
  mediaTypeOf,
  refuseOtherEncodings,
  uploadFormat,
} from './upload-format.js';

type IngestResult = ProcessTasks['ingest']['output'];

/** Takes a file in: to the disk, through the ingest process, into the store, into the database. */
@Injectable()
export class UploadService {
  readonly #log = new Logger('uploads');
  readonly #ingests: Limiter;

  constructor(
    private readonly settings: Settings,
    private readonly store: ObjectStore,
    private readonly datasets: DatasetsService,
  ) {
    this.#ingests = new Limiter(settings.ingestConcurrency);
  }

  /**
   * Makes the body the current version of the data set. Whatever fails, the version that was there stays and no file
   * is left: the files are under fresh keys, and nothing names them before the one transaction at the end.
   *
   * @throws Problem payload_too_large, upload_incomplete, upload_empty, digest_mismatch, unsupported_media_type,
   *   dataset_unreadable, invalid_columns, process_timed_out, storage_full
   */
  async upload(record: DatasetRecord, query: UploadQuery, request: IncomingMessage): Promise<Dataset> {
    refuseOtherEncodings(request.headers);
    const contentType = bareMediaType(request.headers['content-type']);
    uploadFormat(contentType, query, undefined, undefined);
    dialectOverrides(query);
    const uploadId = randomUUID();
    const path = await this.store.scratchPath(`${uploadId}.upload`);
    try {
      const file = await receiveFile(request, path, {
        maxBytes: this.settings.uploadMaxBytes,
        idleMs: this.settings.uploadIdleSeconds * 1000,
      });
      const isForm = contentType === 'multipart/form-data';
      return await this.takeIn(record, query, file, isForm ? bareMediaType(file.mediaType) : contentType);
    } finally {
      await rm(path, { force: true });
    }
  }

  /**
   * Makes a file that lies on the disk the current version. It is moved away when that succeeds, and may be when it fails
   * in the middle; what is refused is left where it was.
   * @throws Problem dataset_unreadable, invalid_columns, upload_empty, process_timed_out, payload_too_large, storage_full
   */
  async takeIn(
    record: DatasetRecord,
    query: UploadQuery,
    file: ReceivedFile,
    mediaType: string,
  ): Promise<Dataset> {
    const uploadId = randomUUID();
    const tablePath = await this.store.scratchPath(`${uploadId}.parquet`);
    try {
      const fileName = query.fileName ?? file.fileName;
      const format = uploadFormat(mediaType, query, fileName, record.format);
      const output = await this.#ingest({ path: file.path, tablePath, format, query });
      return await this.#keep(record, uploadId, { file, fileName, tablePath, output });
    } finally {
      await rm(tablePath, { force: true });
    }
  }

  #ingest(upload: {
    path: string;
    tablePath: string;
    format: DatasetFormat;
    query: UploadQuery;
  }): Promise<IngestResult> {
    const { settings } = this;
    const input: IngestInput = {
      sourcePath: upload.path,
      tablePath: upload.tablePath,
      format: upload.format,
      overrides: dialectOverrides(upload.query),
      limits: ingestLimits(settings),
    };
    return this.#ingests.run(() =>
      runTask('ingest', input, {
        timeoutMs: settings.ingestTimeoutSeconds * 1000,
        memoryMb: settings.ingestMemoryMb,
      }).catch(async (error: unknown) => {
        // A process that was killed could not clean up after itself.
        await rm(`${upload.tablePath}.plain`, { force: true });
        await rm(`${upload.tablePath}.spill`, { recursive: true, force: true });
        throw taskProblem(error);
      }),
    );
  }

  async #keep(
    record: DatasetRecord,
    uploadId: string,
    made: {
      file: ReceivedFile;
      fileName: string | undefined;
      tablePath: string;
      output: IngestResult;
    },
  ): Promise<Dataset> {
    const { file, output } = made;
    const originalKey = `datasets/${uploadId}/original`;
    const tableKey = `datasets/${uploadId}/table.parquet`;
    let mayBeCommitted = false;
    try {
      await this.store.putFile(originalKey, file.path);
      await this.store.putFile(tableKey, made.tablePath);
      const content: NewDatasetVersion = {
        format: output.format,
        mediaType: mediaTypeOf(output.format, output.dialect),
        fileName: made.fileName ?? null,
        originalKey,
        tableKey,
        nBytes: file.nBytes,
        sha256: file.sha256,
        nRows: output.nRows,
        columns: output.columns,
        dialect: output.dialect,
        reports: output.reports,
        profile: output.profile,
      };
      return await this.datasets.addVersion(record, content, () => {
        mayBeCommitted = true;
      });
    } catch (error) {
      // The answer to a commit can be lost: the row may be there. The sweep of orphans looks at what rows name.
      if (mayBeCommitted) throw error;
      for (const key of [originalKey, tableKey]) {
        await this.store.delete(key).catch((left: Error) => {
          this.#log.warn(`a file of a failed upload stays behind: ${left.message}`);
        });
      }
      throw error;
    }
  }
}
