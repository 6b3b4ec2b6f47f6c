import { readFile, stat } from 'node:fs/promises';
import { type CellObject, read, type WorkBook } from '@e965/xlsx';
import { Problem } from '../../errors/problem.js';
import type { ColumnType } from '../../learn/matrix/table.js';
import { detectContainer, measureEntries } from '../ingest/containers.js';
import { unreadable } from '../ingest/defects.js';
import type { DatasetFormat, IngestInput } from '../ingest/ingest-types.js';
import { numberText } from '../ingest/spellings.js';
import { isoText } from './arrow.js';
import { DelimitedWriter } from './delimited-writer.js';
import type { Converted, FormatReader } from './format-reader.js';

/** A workbook is parsed as a whole, in some ten times its unpacked size. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 160 * 1024 * 1024;
const MAX_RATIO = 200;
const RATIO_MATTERS_FROM_BYTES = 16 * 1024 * 1024;
const OLD_WORKBOOK = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);

/**
 * Excel's xlsx and xls, and OpenDocument's ods: one sheet, formulas by the value that was saved with them, dates as
 * dates. Nothing outside of the file is ever opened. Empty rows are left out, and so are empty columns in front.
 */
export const workbookReader: FormatReader = {
  formats: ['xlsx', 'xls', 'ods'],

  detect(head): DatasetFormat | undefined {
    return head.subarray(0, OLD_WORKBOOK.length).equals(OLD_WORKBOOK) ? 'xls' : undefined;
  },

  async convert(sourcePath, csvPath, input): Promise<Converted> {
    const book = await openBook(sourcePath, input.overrides.sheet);
    const name = chosenSheet(book, input.overrides.sheet);
    const rows = contentRows(book.Sheets[name]?.['!data'] ?? []);
    const declared = await writeRows(csvPath, rows, input);
    return { declared, isExact: false, sheet: name };
  },
};

async function openBook(path: string, sheet: string | undefined): Promise<WorkBook> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw tooLarge();
  if ((await detectContainer(path)).workbook !== undefined) {
    // Unpacked once to count: the sizes in the archive's list are only what its writer says.
    const nBytes = await measureEntries(path, MAX_UNPACKED_BYTES);
    if (nBytes > MAX_UNPACKED_BYTES) throw tooLarge();
    if (nBytes > RATIO_MATTERS_FROM_BYTES && nBytes > MAX_RATIO * size) {
      throw unreadable('suspicious_compression', `The workbook grows more than ${MAX_RATIO} times.`);
    }
  }
  try {
    return read(await readFile(path), {
      type: 'buffer',
      dense: true,
      cellDates: true,
      UTC: true,
      cellFormula: false,
      cellHTML: false,
      cellText: false,
      ...(sheet === undefined ? { sheets: 0 } : { sheets: sheet }),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/allocation failed|invalid (?:typed )?array|string length/i.test(message)) throw tooLarge();
    const isLocked = /password|encrypt/i.test(message);
    throw isLocked
      ? unreadable('workbook_encrypted', 'The workbook is protected by a password.')
      : unreadable('damaged_workbook', 'The workbook is damaged.');
  }
}

function chosenSheet({ SheetNames: names }: WorkBook, wanted: string | undefined): string {
  const name = wanted ?? names[0];
  if (name !== undefined && names.includes(name)) return name;
  throw unreadable('unknown_sheet', 'The workbook has no sheet of this name.');
}

type Row = readonly (CellObject | undefined)[];

function contentRows(data: readonly (Row | undefined)[]): Row[] {
  const hasContent = (row: Row | undefined): row is Row => row?.some((cell) => text(cell) !== null) ?? false;
  return data.filter(hasContent);
}

/** Returns what the cells below the first row say their columns are. */
async function writeRows(
  csvPath: string,
  rows: readonly Row[],
  { limits }: IngestInput,
): Promise<Converted['declared']> {
  let first = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const row of rows) {
    first = Math.min(
      first,
      row.findIndex((cell) => text(cell) !== null),
    );
    end = Math.max(end, row.findLastIndex((cell) => text(cell) !== null) + 1);
  }
  if (rows.length === 0) throw unreadable('no_rows', 'The sheet is empty.');
  const nColumns = end - first;
  if (nColumns > limits.maxColumns) {
    throw unreadable(
      'too_many_columns',
      `The sheet has ${nColumns} columns; ${limits.maxColumns} are allowed.`,
    );
  }
  const kinds = Array.from({ length: nColumns }, () => new Set<ColumnType>());
  const writer = new DelimitedWriter(csvPath);
  try {
    for (const [rowIndex, row] of rows.entries()) {
      const cells = Array.from({ length: nColumns }, (_, column) => row[first + column]);
      await writer.write(cells.map(text));
      if (rowIndex === 0) continue;
      for (const [column, cell] of cells.entries()) {
        if (text(cell) !== null) kinds[column]!.add(kindOf(cell!));
      }
    }
    await writer.end();
  } finally {
    writer.destroy();
  }
  return kinds.map((ofColumn) => (ofColumn.size === 1 ? [...ofColumn][0] : undefined));
}

function kindOf({ t, v }: CellObject): ColumnType {
  if (v instanceof Date) return 'date';
  if (t === 'n') return 'number';
  return t === 'b' ? 'boolean' : 'text';
}

/** Null for an empty cell and for an error such as #DIV/0!, which is no value. */
function text(cell: CellObject | undefined): string | null {
  if (cell === undefined || cell.v === undefined || cell.v === null || cell.t === 'e' || cell.t === 'z')
    return null;
  if (cell.v instanceof Date) return Number.isNaN(cell.v.getTime()) ? null : isoText(cell.v);
  if (typeof cell.v === 'number') return numberText(cell.v);
  return String(cell.v) === '' ? null : String(cell.v);
}

function tooLarge(): Problem {
  return unreadable('workbook_too_large', 'The workbook is too large to be parsed; send the sheet as CSV.');
}
