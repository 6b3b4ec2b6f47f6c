import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Settings } from '../../config/settings-type.js';
import type { DatasetFormat } from '../../datasets/ingest/ingest-types.js';
import { loadTable } from '../../datasets/load-table.js';
import { requestIdOf } from '../../http/request-id.js';
import type { Column, Table } from '../../learn/matrix/table.js';
import type { PredictionCaller } from '../../predictions/scoring/prediction-observer.js';
import { ScoringService } from '../../predictions/scoring/scoring.service.js';
import { KeptFiles } from '../kept-files.js';
import { pandasColumns } from '../pandas-columns.js';
import { isUnreadable, ReceivedTables } from '../received-table.js';
import type { ModelInfo } from '../trainings/model-infos.js';
import { EasymlError } from '../wire/easyml-error.js';
import { invalidColumns } from './column-findings.js';
import { type PredictedValue, writePredictions } from './prediction-file.js';

/** Rows of one call: few enough to be turned into JSON between two other requests. */
const CHUNK_ROWS = 1000;

interface Prediction {
  readonly label?: PredictedValue;
  readonly value?: number;
  readonly cluster?: number;
}

/** Predicts files and keeps what came out until the next file. */
@Injectable()
export class FilePredictions {
  constructor(
    private readonly settings: Settings,
    private readonly tables: ReceivedTables,
    private readonly scoring: ScoringService,
    private readonly files: KeptFiles,
  ) {}

  /** The file of the last predictions, whether it is there or not. */
  path(ownerId: string, modelId: string, format: string): string {
    return this.files.path('predictions', `${ownerId}/${modelId}.${format}`);
  }

  /** @throws EasymlError 415, 400 */
  async predict(request: Request, ownerId: string, modelId: string, info: ModelInfo): Promise<void> {
    const format = info.dataset_info.type as DatasetFormat;
    const values = await this.tables
      .receive(request, format, (file) =>
        this.tables.read(file, format, async (tablePath, { columns }) => {
          const invalid = invalidColumns(pandasColumns(columns, format), info);
          if (invalid.length > 0) throw columnsDiffer(invalid);
          const { ingestThreads: threads, ingestMemoryMb: memoryMb } = this.settings;
          const unused = [...info.to_drop, info.y_col];
          const wanted = columns.map(({ name }) => name).filter((name) => !unused.includes(name));
          const table = await loadTable(tablePath, columns, wanted, { threads, memoryMb });
          const caller = { requestId: requestIdOf(request), ownerId };
          return this.#predictTable(modelId, table, caller);
        }),
      )
      .catch((error: unknown) => {
        throw isUnreadable(error) ? new EasymlError(415, `Invalid ${format} file.`) : error;
      });
    const content = writePredictions(format, info.y_col ?? 'cluster', values);
    await this.files.write(this.path(ownerId, modelId, format), content);
  }

  async #predictTable(modelId: string, table: Table, caller: PredictionCaller): Promise<PredictedValue[]> {
    const values: PredictedValue[] = [];
    const chunkRows = Math.min(CHUNK_ROWS, this.settings.predictMaxRows);
    for (let from = 0; from < table.nRows; from += chunkRows) {
      const rows = rowsOf(table, from, Math.min(table.nRows, from + chunkRows));
      const message = { body: Buffer.from(JSON.stringify({ rows })), headers: {} };
      const asked = { protocol: 'native', modelId, choice: undefined, message, caller } as const;
      const { body } = await this.scoring.answer(asked);
      const { predictions } = JSON.parse(String(body)) as { predictions: readonly Prediction[] };
      for (const { label, value, cluster } of predictions) values.push((label ?? value ?? cluster)!);
    }
    return values;
  }
}

function columnsDiffer(invalid: readonly object[]): EasymlError {
  const detail = 'The file does not have the columns that the model was trained on';
  return new EasymlError(400, detail, { invalid_columns: invalid });
}

function rowsOf(table: Table, from: number, end: number): object[] {
  const rows: object[] = [];
  for (let row = from; row < end; row++) {
    rows.push(Object.fromEntries(table.columns.map((column) => [column.name, cellOf(column, row)])));
  }
  return rows;
}

function cellOf(column: Column, row: number): PredictedValue | null {
  if (column.type === 'text') return column.dictionary[column.codes[row]!] ?? null;
  const value = column.values[row]!;
  if (Number.isNaN(value)) return null;
  if (column.type === 'boolean') return value === 1;
  return column.type === 'date' ? new Date(value).toISOString() : value;
}
