import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { DataType, type Field, RecordBatchReader } from 'apache-arrow';
import { Problem } from '../../errors/problem.js';
import type { ColumnType } from '../../learn/matrix/table.js';
import { unreadable } from '../ingest/defects.js';
import type { IngestInput } from '../ingest/ingest-types.js';
import { damagedArrow, validateArrow } from './arrow-validation.js';
import { DelimitedWriter } from './delimited-writer.js';
import type { Converted, FormatReader } from './format-reader.js';

const FILE_MAGIC = Buffer.from('ARROW1');
/** Beyond it 64-bit floating point rounds whole numbers: such a column is text. */
const MAX_EXACT = 2n ** 53n;
const CONTINUATION = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/**
 * Arrow IPC, the file (Feather 2) and the stream, batch by batch. Lists and structures are kept as JSON text; bytes
 * have no place in a table.
 */
export const arrowReader: FormatReader = {
  formats: ['arrow'],

  detect(head) {
    const isStream = head.subarray(0, 4).equals(CONTINUATION) && head.length >= 8;
    return isStream || head.subarray(0, 6).equals(FILE_MAGIC) ? 'arrow' : undefined;
  },

  async convert(sourcePath, csvPath, input): Promise<Converted> {
    try {
      return await convertBatches(sourcePath, csvPath, input);
    } catch (error) {
      if (error instanceof Problem || isFileError(error)) throw error;
      const isPacked = error instanceof Error && /compress|codec/i.test(error.message);
      throw isPacked
        ? unreadable('arrow_compressed', 'The buffers are compressed; write the file without compression.')
        : damagedArrow();
    }
  },
};

async function convertBatches(
  sourcePath: string,
  csvPath: string,
  { limits }: IngestInput,
): Promise<Converted> {
  const file = await open(sourcePath);
  const writer = new DelimitedWriter(csvPath);
  try {
    const { buffer } = await file.read(Buffer.alloc(6), 0, 6, 0);
    const isFile = buffer.equals(FILE_MAGIC);
    await validateArrow(file, isFile, limits);
    const reader = isFile
      ? await RecordBatchReader.from(file)
      : await RecordBatchReader.from(createReadStream(sourcePath));
    await reader.open();
    const fields = reader.schema?.fields ?? [];
    refuseFields(fields, limits.maxColumns);
    await writer.write(fields.map(({ name }) => name));
    let nRows = 0;
    const hasLong = fields.map(() => false);
    for await (const batch of reader as AsyncIterable<{
      numRows: number;
      getChildAt(index: number): { get(row: number): unknown } | null;
    }>) {
      const vectors = fields.map((_, index) => batch.getChildAt(index));
      for (let row = 0; row < batch.numRows; row++) {
        const values = vectors.map((vector) => vector?.get(row));
        for (const [index, value] of values.entries()) {
          if (typeof value === 'bigint' && (value > MAX_EXACT || value < -MAX_EXACT)) hasLong[index] = true;
        }
        await writer.write(values.map((value, index) => cellText(value, fields[index]!.type)));
      }
      nRows += batch.numRows;
    }
    if (nRows === 0) throw unreadable('no_rows', 'The file has no rows.');
    await writer.end();
    const declared = fields.map(({ type }, index) => (hasLong[index] === true ? 'text' : columnType(type)));
    return { declared, isExact: true, hasHeader: true };
  } finally {
    writer.destroy();
    // The reader closes what it has read to the end.
    await file.close().catch(() => undefined);
  }
}

function refuseFields(fields: readonly Field[], maxColumns: number): void {
  if (fields.length === 0) throw unreadable('no_rows', 'The file has no columns.');
  if (fields.length > maxColumns) {
    throw unreadable('too_many_columns', `The file has ${fields.length} columns; ${maxColumns} are allowed.`);
  }
  for (const { name, type } of fields) {
    if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isFixedSizeBinary(type)) {
      throw unreadable('unsupported_column_type', 'A column holds bytes.', undefined, name);
    }
  }
}

function columnType(type: DataType): ColumnType {
  const inner = DataType.isDictionary(type) ? type.dictionary : type;
  if (DataType.isInt(inner) || DataType.isFloat(inner) || DataType.isDecimal(inner)) return 'number';
  if (DataType.isBool(inner)) return 'boolean';
  return DataType.isDate(inner) || DataType.isTimestamp(inner) ? 'date' : 'text';
}

function cellText(value: unknown, type: DataType): string | null {
  if (value === null || value === undefined) return null;
  const inner: DataType = DataType.isDictionary(type) ? type.dictionary : type;
  if (DataType.isDate(inner) || DataType.isTimestamp(inner)) {
    const date = new Date(Number(value));
    return Number.isNaN(date.getTime()) ? null : isoText(date);
  }
  if (DataType.isDecimal(inner)) return decimalText(value as Uint32Array, inner.scale);
  // What is not finite cannot be learned from.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  return JSON.stringify(value, (_key, inside) => (typeof inside === 'bigint' ? String(inside) : inside));
}

/** Years beyond four digits are no dates that the table could hold. */
export function isoText(date: Date): string | null {
  const text = date.toISOString();
  return text.length === 24 ? text.slice(0, -1).replace('T00:00:00.000', '').replace('.000', '') : null;
}

/** 128-bit or 256-bit two's complement in words of 32 bits, the lowest first. */
function decimalText(words: Uint32Array, scale: number): string {
  let value = 0n;
  for (let index = words.length - 1; index >= 0; index--) value = (value << 32n) | BigInt(words[index]!);
  value = BigInt.asIntN(words.length * 32, value);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  if (scale <= 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code));
}
