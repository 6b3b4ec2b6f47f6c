import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { runTask } from '../../processes/run-task.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { DatasetRecord } from '../dataset-types.js';
import type { InspectQuery } from '../datasets.dto.js';
import { DatasetsService } from '../datasets.service.js';
import type { IngestInput } from '../ingest/ingest-types.js';
import { taskProblem } from '../task-problem.js';
import { ingestLimits } from '../upload/ingest-limits.js';
import { Limiter } from '../upload/limiter.js';
import { receiveFile } from '../upload/receive-file.js';
import {
  bareMediaType,
  dialectOverrides,
  refuseOtherEncodings,
  uploadFormat,
} from '../upload/upload-format.js';
import { HEAD_BYTES } from './head.js';

/** Somebody waits for the answer, and a head is read in a fraction of this. */
const TIMEOUT_MS = 60_000;
const IDLE_MS = 15_000;

type Format = IngestInput['format'];

/** Dry runs: what would be made of a file, without making it. */
@Injectable()
export class InspectService {
  readonly #tasks: Limiter;

  constructor(
    private readonly settings: Settings,
    private readonly store: ObjectStore,
    private readonly datasets: DatasetsService,
  ) {
    this.#tasks = new Limiter(settings.ingestConcurrency);
  }

  /**
   * Reads the body, the first part of a file or a small one whole. Nothing of it is kept.
   * @throws Problem as an upload of the same bytes would; payload_too_large above 4 MiB
   */
  async inspectBody(record: DatasetRecord, query: InspectQuery, request: IncomingMessage) {
    refuseOtherEncodings(request.headers);
    dialectOverrides(query);
    const contentType = bareMediaType(request.headers['content-type']);
    const format = uploadFormat(contentType, query, query.fileName, record.format);
    const path = await this.store.scratchPath(`${randomUUID()}.upload`);
    try {
      await receiveFile(request, path, { maxBytes: HEAD_BYTES, idleMs: IDLE_MS });
      return await this.#run(path, format, query, query.partial === 'true');
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Reads the first part of a version again, under other overrides. @throws Problem dataset_not_found */
  async inspectVersion(id: string, query: InspectQuery) {
    const found = await this.datasets.getVersion(id, query.version);
    const path = await this.store.localPath(found.originalKey);
    return this.#run(path, (query.format ?? found.format) as Format, query, found.nBytes > HEAD_BYTES);
  }

  async #run(sourcePath: string, format: Format, query: InspectQuery, isPartial: boolean) {
    const tablePath = await this.store.scratchPath(`${randomUUID()}.parquet`);
    // Only lines can be cut; a workbook or a Parquet file is read whole or not at all.
    const isHead = isPartial && (format === 'csv' || format === 'tsv');
    const limits = ingestLimits(this.settings);
    const ingest = { sourcePath, tablePath, format, overrides: dialectOverrides(query), limits };
    try {
      const { output, firstRows } = await this.#tasks.run(() =>
        runTask('inspect', { ingest, isHead }, { timeoutMs: TIMEOUT_MS, memoryMb: limits.memoryMb }),
      );
      const { dialect, columns, nRows, reports } = output;
      return {
        format: output.format,
        isPartial: isHead,
        nRows,
        nColumns: columns.length,
        columns,
        dialect,
        reports,
        firstRows,
      };
    } catch (error) {
      throw taskProblem(error);
    } finally {
      for (const ending of ['', '.plain', '.head', '.spill']) {
        await rm(`${tablePath}${ending}`, { recursive: true, force: true });
      }
    }
  }
}
