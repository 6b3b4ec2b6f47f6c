import { readFile, stat } from 'node:fs/promises';
import { firstBytes } from '../ingest/containers.js';
import { unreadable } from '../ingest/defects.js';
import type { DatasetFormat, IngestInput } from '../ingest/ingest-types.js';
import { DelimitedWriter, numberText } from './delimited-writer.js';
import type { Converted, FormatReader } from './format-reader.js';
import { invalid, jsonElements } from './json-elements.js';

/** pandas' `split` is one object and has to be parsed as a whole. */
const MAX_WHOLE_BYTES = 128 * 1024 * 1024;
/** Digits that 64-bit floating point would round. */
const LONG_INTEGER = /("(?:[^"\\]|\\.)*")|(?<![\d.eE+-])(-?\d{16,})(?![\d.eE])/g;
const HAS_LONG = /\d{16}/;

type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * Records in an array, records in lines, and the `split` layout of pandas. Columns are the keys in the order of their
 * first appearance; what a record does not have is missing; objects and lists inside of a record are kept as JSON text.
 * Whole numbers beyond 15 digits keep their digits and are text, because they are identifiers.
 */
export const jsonReader: FormatReader = {
  formats: ['json', 'jsonl'],

  detect(head): DatasetFormat | undefined {
    const text = head
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart();
    if (/^\[\s*(?:[{[\]]|$)/.test(text)) return 'json';
    if (!/^\{\s*(?:"|\}|$)/.test(text)) return undefined;
    const [firstLine = ''] = text.split('\n', 1);
    return isObject(parsed(firstLine)) && !isSplit(parsed(firstLine)) ? 'jsonl' : 'json';
  },

  async convert(sourcePath, csvPath, input): Promise<Converted> {
    const head = (await readHead(sourcePath)).trimStart();
    if (head.startsWith('[')) return convertRecords(sourcePath, csvPath, 'array', input);
    const [firstLine = ''] = head.split('\n', 1);
    const isLines = isObject(parsed(firstLine)) && !isSplit(parsed(firstLine));
    if (isLines) return convertRecords(sourcePath, csvPath, 'lines', input);
    return convertSplit(sourcePath, csvPath);
  },
};

async function readHead(path: string): Promise<string> {
  return (await firstBytes(path, 1024 * 1024)).toString('utf8').replace(/^\ufeff/, '');
}

async function convertRecords(
  sourcePath: string,
  csvPath: string,
  layout: 'array' | 'lines',
  { limits }: IngestInput,
): Promise<Converted> {
  const records = async function* () {
    for await (const { text, line } of jsonElements(sourcePath, layout, limits.maxLineBytes)) {
      const record = parsed(withLongIntegers(text));
      if (!isObject(record)) throw invalid(line);
      yield { record, line };
    }
  };
  // The columns are known only when every record was seen.
  const columns = new Map<string, ColumnKinds>();
  for await (const { record, line } of records()) {
    for (const [key, value] of Object.entries(record)) {
      let kinds = columns.get(key);
      if (kinds === undefined) {
        kinds = new ColumnKinds();
        columns.set(key, kinds);
        if (columns.size > limits.maxColumns) {
          throw unreadable('too_many_columns', `There are more than ${limits.maxColumns} columns.`, line);
        }
      }
      kinds.see(value);
    }
  }
  if (columns.size === 0) throw unreadable('no_rows', 'The file has no records.');
  const names = [...columns.keys()];
  const rows = async function* () {
    for await (const { record } of records()) {
      yield names.map((name) => (Object.hasOwn(record, name) ? record[name] : null));
    }
  };
  await writeRows(csvPath, names, rows());
  return { declaredText: declaredText([...columns.values()]), hasHeader: true };
}

async function convertSplit(sourcePath: string, csvPath: string): Promise<Converted> {
  if ((await stat(sourcePath)).size > MAX_WHOLE_BYTES) {
    throw unreadable('json_too_large', `A JSON object may have ${MAX_WHOLE_BYTES} bytes; send JSON Lines.`);
  }
  const text = (await readFile(sourcePath, 'utf8')).replace(/^\ufeff/, '');
  const table = parsed(withLongIntegers(text));
  if (!isObject(table)) throw invalid(1);
  if (!isSplit(table)) {
    throw unreadable(
      'unknown_json_layout',
      'Send an array of records, JSON Lines, or columns, index and data.',
    );
  }
  const { columns, data } = table;
  const kinds = columns.map(() => new ColumnKinds());
  for (const [index, row] of data.entries()) {
    if (!Array.isArray(row) || row.length !== columns.length) {
      throw unreadable(
        'ragged_record',
        `Element ${index + 1} of data is no list of ${columns.length} values.`,
      );
    }
    for (const [column, value] of row.entries()) kinds[column]!.see(value);
  }
  if (data.length === 0) throw unreadable('no_rows', 'The file has no records.');
  await writeRows(csvPath, columns.map(String), data as unknown[][]);
  return { declaredText: declaredText(kinds), hasHeader: true };
}

async function writeRows(
  csvPath: string,
  names: readonly string[],
  rows: Iterable<unknown[]> | AsyncIterable<unknown[]>,
): Promise<void> {
  const writer = new DelimitedWriter(csvPath);
  try {
    await writer.write(names);
    for await (const row of rows) await writer.write(row.map(cellText));
    await writer.end();
  } finally {
    writer.destroy();
  }
}

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/** Whether all that is in a column is text; one number beside the texts leaves it to the spellings. */
class ColumnKinds {
  nTexts = 0;
  nOthers = 0;

  see(value: unknown): void {
    if (value === null) return;
    if (typeof value === 'number' || typeof value === 'boolean') this.nOthers++;
    else this.nTexts++;
  }
}

function declaredText(kinds: readonly ColumnKinds[]): Set<number> {
  return new Set(
    kinds.flatMap(({ nTexts, nOthers }, column) => (nTexts > 0 && nOthers === 0 ? [column] : [])),
  );
}

function withLongIntegers(text: string): string {
  if (!HAS_LONG.test(text)) return text;
  return text.replace(LONG_INTEGER, (_all, string, digits) => string ?? `"${digits}"`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSplit(value: unknown): value is { columns: unknown[]; data: unknown[] } {
  return isObject(value) && Array.isArray(value['columns']) && Array.isArray(value['data']);
}
