import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { detectContainer, plainBytes } from '../../datasets/ingest/containers.js';
import type {
  ColumnOverride,
  DatasetFormat,
  IngestInput,
  IngestOutput,
  IngestOverrides,
} from '../../datasets/ingest/ingest-types.js';
import { taskProblem } from '../../datasets/task-problem.js';
import { ingestLimits } from '../../datasets/upload/ingest-limits.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import { runTask } from '../../processes/run-task.js';
import { TaskLost } from '../../processes/task-errors.js';
import type { JsonLayout } from './content/content-types.js';
import type { TaskWatch } from './table-predictor.js';

/** A file that is to be read. */
export interface RowsFile {
  readonly sourcePath: string;
  readonly tablePath: string;
  readonly format: DatasetFormat;
  readonly overrides: IngestOverrides;
}

/** The table that was made of a file. */
export interface ReadRows extends IngestOutput {
  readonly layout: JsonLayout;
  /** The columns as they looked by themselves. */
  readonly looked: IngestOutput['columns'];
}

/** Reads files of rows as uploads of data sets are read, by the same process. */
@Injectable()
export class RowsReader {
  constructor(private readonly settings: Settings) {}

  /**
   * What the values are is found by looking, as for a data set. A column that the model knows as text may look like
   * another type in this file, when only `yes` or `01` occur in it, say; then the file is read again with its spellings.
   * @throws Problem dataset_unreadable, invalid_columns, upload_empty, process_lost, process_timed_out, payload_too_large
   */
  async read(file: RowsFile, { inputs }: ModelSignature, watch: TaskWatch = {}): Promise<ReadRows> {
    const output = await this.#ingest(file, watch);
    const layout = output.format === 'json' ? await this.#layout(file.sourcePath) : 'records';
    const looked = output.columns;
    const texts = new Set(inputs.filter(({ type }) => type === 'text').map(({ name }) => name));
    const said = file.overrides.columns ?? [];
    const isNamed = (name: string) =>
      said.some((column) => column.name === name && column.type !== undefined);
    const misread = output.columns.filter(
      ({ name, type }) => type !== 'text' && texts.has(name) && !isNamed(name),
    );
    // The types of a Parquet file are its own.
    if (misread.length === 0 || output.format === 'parquet') return { ...output, layout, looked };
    const columns = [
      ...said.filter(({ name }) => !misread.some((column) => column.name === name)),
      ...misread.map(
        ({ name }): ColumnOverride => ({
          ...said.find((column) => column.name === name),
          name,
          type: 'text',
        }),
      ),
    ];
    const again = await this.#ingest({ ...file, overrides: { ...file.overrides, columns } }, watch);
    return { ...again, layout, looked };
  }

  async #ingest(
    { sourcePath, tablePath, format, overrides }: RowsFile,
    watch: TaskWatch,
  ): Promise<IngestOutput> {
    const limits = ingestLimits(this.settings);
    const input: IngestInput = { sourcePath, tablePath, format, overrides, limits };
    try {
      return await runTask('ingest', input, {
        ...watch,
        timeoutMs: this.settings.ingestTimeoutSeconds * 1000,
        memoryMb: limits.memoryMb,
      });
    } catch (error) {
      if (error instanceof TaskLost) {
        throw error.toProblem('The process that read the file has ended; send the file again.');
      }
      throw taskProblem(error);
    }
  }

  async #layout(sourcePath: string): Promise<JsonLayout> {
    const { compression } = await detectContainer(sourcePath);
    for await (const chunk of plainBytes(sourcePath, compression, this.settings.ingestMaxBytes)) {
      const text = chunk
        .toString('utf8')
        .replace(/^\ufeff/, '')
        .trimStart();
      if (text !== '') return text.startsWith('{') ? 'split' : 'records';
    }
    return 'records';
  }
}
