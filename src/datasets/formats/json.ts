import { readFile, stat } from 'node:fs/promises';
import type { Problem } from '../../errors/problem.js';
import type { ColumnType } from '../../learn/matrix/table.js';
import { firstBytes } from '../ingest/containers.js';
import { unreadable } from '../ingest/defects.js';
import type { DatasetFormat, IngestInput } from '../ingest/ingest-types.js';
import { DelimitedWriter } from './delimited-writer.js';
import type { Converted, FormatReader } from './format-reader.js';
import { invalid, jsonElements } from './json-elements.js';

/** pandas' `split` is one object and has to be parsed as a whole. */
const MAX_WHOLE_BYTES = 128 * 1024 * 1024;
/** Strings, which stay as they are, and the numbers that 64-bit floating point might not hold. */
const SUSPICIOUS =
  /("(?:[^"\\]|\\.)*")|(?<![\d.eE+-])(-?\d{16,}(?![\d.eE])|-?\d+(?:\.\d+)?[eE]\+?\d{3,}|-?\d{309,}(?:\.\d+)?)/g;
const MAY_BE_SUSPICIOUS = /\d{16}|[eE]\+?\d{3}/;

type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * Records in an array, records in lines, and the `split` layout of pandas. Columns are the keys in the order of their
 * first appearance; what a record does not have is missing; objects and lists inside of a record are kept as JSON text.
 * Numbers that 64-bit floating point would round to another whole number, or cannot hold at all, keep their digits and
 * are text. Strings stay what they are: "NA" is a text, and so is one of blanks.
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
    return convertSplit(sourcePath, csvPath, input);
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
      const record = parsed(withExactNumbers(text));
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
      if (isWithNul(value)) throw nulCharacter(key, line);
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
  const linesOf = async (wanted: readonly number[]) => {
    const lines: number[] = [];
    let row = 0;
    for await (const { line } of records()) {
      if (row++ === wanted[lines.length]) lines.push(line);
      if (lines.length === wanted.length) break;
    }
    return lines;
  };
  return {
    declared: [...columns.values()].map((kinds) => kinds.type),
    isExact: true,
    hasHeader: true,
    linesOf,
  };
}

async function convertSplit(
  sourcePath: string,
  csvPath: string,
  { limits }: IngestInput,
): Promise<Converted> {
  if ((await stat(sourcePath)).size > MAX_WHOLE_BYTES) {
    throw unreadable('json_too_large', `A JSON object may have ${MAX_WHOLE_BYTES} bytes; send JSON Lines.`);
  }
  const text = (await readFile(sourcePath, 'utf8')).replace(/^\ufeff/, '');
  const table = parsed(withExactNumbers(text));
  if (!isObject(table)) throw invalid(1);
  if (!isSplit(table)) {
    throw unreadable(
      'unknown_json_layout',
      'Send an array of records, JSON Lines, or columns, index and data.',
    );
  }
  const { columns, data } = table;
  if (columns.length > limits.maxColumns) {
    throw unreadable('too_many_columns', `There are more than ${limits.maxColumns} columns.`);
  }
  const kinds = columns.map(() => new ColumnKinds());
  for (const [index, row] of data.entries()) {
    if (!Array.isArray(row) || row.length !== columns.length) {
      throw unreadable(
        'ragged_record',
        `Element ${index + 1} of data is no list of ${columns.length} values.`,
      );
    }
    for (const [column, value] of row.entries()) {
      kinds[column]!.see(value);
      if (isWithNul(value)) throw nulCharacter(String(columns[column]));
    }
  }
  if (data.length === 0) throw unreadable('no_rows', 'The file has no records.');
  await writeRows(csvPath, columns.map(String), data as unknown[][]);
  return { declared: kinds.map(({ type }) => type), isExact: true, hasHeader: true };
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
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What is in a column. Of several kinds, the spellings tell: 1 and "2" are numbers, 1 and "two" are texts. */
class ColumnKinds {
  readonly #types = new Set<ColumnType>();

  get type(): ColumnType | undefined {
    const [type] = this.#types;
    return this.#types.size === 1 ? type : undefined;
  }

  see(value: unknown): void {
    if (value === null) return;
    this.#types.add(typeof value === 'number' || typeof value === 'boolean' ? typeOf(value) : 'text');
  }
}

function typeOf(value: number | boolean): ColumnType {
  return typeof value === 'number' ? 'number' : 'boolean';
}

/** Other numbers go into quotes, where the parser leaves their digits alone. */
function withExactNumbers(text: string): string {
  if (!MAY_BE_SUSPICIOUS.test(text)) return text;
  return text.replace(SUSPICIOUS, (_all, string, number) => {
    if (string !== undefined) return string;
    const value = Number(number);
    // A whole number is held when its digits come back.
    const isHeld = /[.eE]/.test(number) ? Number.isFinite(value) : String(value) === number;
    return isHeld ? number : `"${number}"`;
  });
}

function isWithNul(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\u0000');
}

function nulCharacter(column: string, line?: number): Problem {
  return unreadable('binary_data', 'A text holds a NUL character.', line, column);
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
