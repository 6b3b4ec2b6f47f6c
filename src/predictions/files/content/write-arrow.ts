import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import {
  Bool,
  Field,
  Float64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { Duckdb } from '../../../datasets/ingest/duckdb.js';
import type { ColumnType } from '../../../learn/matrix/table.js';
import { type BatchValues, readBatches } from '../process/table-batches.js';
import type { ContentInput } from './content-types.js';

/** Arrow IPC, the file (Feather 2), one batch a portion, without compression. */
export async function writeArrow(
  duckdb: Duckdb,
  { tablePath, outputPath, columns }: ContentInput,
): Promise<void> {
  const schema = new Schema(columns.map(({ name, type }) => new Field(name, arrowType(type), true)));
  const writer = new RecordBatchFileWriter();
  const file = createWriteStream(outputPath);
  const written = finished(writer.toNodeStream().pipe(file));
  // Heard again by the await at the end.
  written.catch(() => undefined);
  writer.reset(undefined, schema);
  for await (const { nRows, columns: values } of readBatches(duckdb, tablePath, columns)) {
    const children = columns.map(({ type }, k) => arrowData(values[k]!, type));
    const struct = makeData({ type: new Struct(schema.fields), length: nRows, nullCount: 0, children });
    writer.write(new RecordBatch(schema, struct));
    // The file is fed between two portions: what is not written yet lies in memory.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (file.writableNeedDrain)
      await new Promise<void>((resolve) => file.once('drain', resolve).once('error', () => resolve()));
  }
  writer.finish();
  await written;
}

function arrowType(type: ColumnType) {
  if (type === 'text') return new Utf8();
  if (type === 'boolean') return new Bool();
  return type === 'date' ? new TimestampMillisecond() : new Float64();
}

function arrowData(values: BatchValues, type: ColumnType) {
  const cells = Array.from(values as ArrayLike<number | string | null>, (value) => {
    if (value === null || typeof value === 'string') return value;
    if (Number.isNaN(value)) return null;
    return type === 'boolean' ? value === 1 : value;
  });
  return vectorFromArray(cells, arrowType(type)).data[0]!;
}
