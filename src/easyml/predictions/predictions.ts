import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { DatasetFormat } from '../../datasets/ingest/ingest-types.js';
import { Problem } from '../../errors/problem.js';
import { requestIdOf } from '../../http/request-id.js';
import type { ModelVersion } from '../../models/model-types.js';
import { ModelsService } from '../../models/models.service.js';
import { FilePlaces } from '../../predictions/files/file-places.js';
import { makeFolder } from '../../predictions/files/prediction-file-runner.js';
import { type ReadRows, RowsReader } from '../../predictions/files/read-rows.js';
import { TablePredictor, type TaskWatch } from '../../predictions/files/table-predictor.js';
import { FileSample } from '../../predictions/log/file-sample.js';
import { newPredictionId } from '../../predictions/scoring/prediction-id.js';
import { ObjectStore } from '../../storage/object-store.js';
import { KeptFiles } from '../kept-files.js';
import { pandasColumns } from '../pandas-columns.js';
import { isUnreadable, ReceivedTables } from '../received-table.js';
import type { ModelInfo } from '../trainings/model-infos.js';
import { EasymlError } from '../wire/easyml-error.js';
import { type InvalidColumn, invalidColumns, unfitColumns } from './column-findings.js';

/** A table that was read, whose it is, and where its predictions go. */
interface PredictionWork {
  readonly rows: ReadRows;
  readonly folder: string;
  readonly info: ModelInfo;
  readonly path: string;
  readonly ownerId: string;
  readonly requestId: string;
}

/** Predicts files and keeps what came out until the next file. */
@Injectable()
export class FilePredictions {
  constructor(
    private readonly tables: ReceivedTables,
    private readonly reader: RowsReader,
    private readonly places: FilePlaces,
    private readonly predictor: TablePredictor,
    private readonly log: FileSample,
    private readonly models: ModelsService,
    private readonly files: KeptFiles,
    private readonly store: ObjectStore,
  ) {}

  /** The file of the last predictions, whether it is there or not. */
  path(ownerId: string, modelId: string, format: string): string {
    return this.files.path(modelId, `predictions.${ownerId}.${format}`);
  }

  /**
   * A caller that goes away ends the work.
   * @throws EasymlError 415, 400; Problem too_many_requests before anything is read
   */
  async predict(request: Request, ownerId: string, modelId: string, info: ModelInfo): Promise<void> {
    const release = this.places.take();
    try {
      await this.#receive(request, ownerId, modelId, info);
    } finally {
      release();
    }
  }

  async #receive(request: Request, ownerId: string, modelId: string, info: ModelInfo): Promise<void> {
    const format = info.dataset_info.type as DatasetFormat;
    const path = this.path(ownerId, modelId, format);
    const gone = new AbortController();
    request.res?.once('close', () => gone.abort());
    const watch = { signal: gone.signal };
    const version = await this.models.getTrainedVersion(modelId);
    await this.tables
      .receive(request, format, async ({ path: sourcePath }) => {
        const folder = await makeFolder(this.store);
        try {
          const tablePath = `${folder}/rows.parquet`;
          const source = { sourcePath, tablePath, format, overrides: {} };
          const rows = await this.reader.read(source, version.signature, watch);
          refuseOthers(
            invalidColumns(pandasColumns(rows.looked, format), info, pandasColumns(rows.columns, format)),
          );
          const work = { rows, folder, info, path, ownerId, requestId: requestIdOf(request) };
          await this.predictor.inTurn(() => this.#predict(version, work, watch));
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      })
      .catch((error: unknown) => {
        // Nobody reads this; it only says that nothing has failed.
        if (gone.signal.aborted) throw new EasymlError(400, 'The caller has gone.');
        throw isUnreadable(error) ? new EasymlError(415, `Invalid ${format} file.`) : error;
      });
  }

  async #predict(
    version: ModelVersion,
    { rows, folder, info, path, ownerId, requestId }: PredictionWork,
    watch: TaskWatch,
  ): Promise<void> {
    const outputPath = `${folder}/predicted.parquet`;
    const { modelId } = version;
    const question = {
      tablePath: `${folder}/rows.parquet`,
      columns: rows.columns,
      outputPath,
      onRowProblem: 'reject',
      sample: this.log.question(modelId),
    } as const;
    const begunMs = performance.now();
    const { columns, added, sampled } = await this.predictor
      .predict(version, question, watch)
      .catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'columns_do_not_fit') {
          refuseOthers(unfitColumns(error.errors, info));
        }
        throw error;
      });
    const latencyMs = performance.now() - begunMs;
    const index = columns.findIndex(({ name }) => name === added.prediction);
    const making = await this.files.making(path);
    try {
      await this.predictor.write(
        {
          tablePath: outputPath,
          columns: [{ ...columns[index]!, name: info.y_col ?? 'cluster', index }],
          format: rows.format,
          layout: 'split',
          style: 'pandas',
          outputPath: making,
        },
        watch,
      );
      await this.files.keep(making, path);
      const id = newPredictionId();
      void this.log.keep({
        ...{ id, modelId, modelVersion: version.version, protocol: 'easyml', requestId },
        ...{ callerId: ownerId, latencyMs, createdAt: new Date(), ...sampled },
      });
    } finally {
      await rm(making, { force: true });
    }
  }
}

/** @throws EasymlError 400 */
function refuseOthers(invalid: readonly InvalidColumn[]): void {
  if (invalid.length === 0) return;
  const detail = 'The file does not have the columns that the model was trained on';
  throw new EasymlError(400, detail, { invalid_columns: invalid });
}
