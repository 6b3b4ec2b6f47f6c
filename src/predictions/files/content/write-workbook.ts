import { writeFile } from 'node:fs/promises';
import { type BookType, utils, write } from '@e965/xlsx';
import type { Duckdb } from '../../../datasets/ingest/duckdb.js';
import { Problem } from '../../../errors/problem.js';
import { readBatches } from '../process/table-batches.js';
import type { ContentInput } from './content-types.js';

type WorkbookFormat = 'xlsx' | 'xls' | 'ods';

const TYPES: Readonly<Record<WorkbookFormat, BookType>> = { xls: 'biff8', xlsx: 'xlsx', ods: 'ods' };
/** Rows and columns of a sheet, the header among the rows. */
const SHEETS: Readonly<Record<WorkbookFormat, readonly [number, number]>> = {
  xls: [65_536, 256],
  xlsx: [1_048_576, 16_384],
  ods: [1_048_576, 16_384],
};
/** Of a text. A longer one would be cut in an xls. */
const MAX_CHARACTERS: Readonly<Record<WorkbookFormat, number>> = { xls: 255, xlsx: 32_767, ods: Infinity };
/** A workbook is made in memory: a cell takes some hundred bytes there. */
const BYTES_PER_CELL = 400;
const MEMORY_SHARE = 0.5;

type Cell = string | number | boolean | Date | null;

/** One sheet with a header. @throws Problem payload_too_large */
export async function writeWorkbook(
  duckdb: Duckdb,
  { tablePath, outputPath, columns, format, memoryMb }: ContentInput & { readonly format: WorkbookFormat },
): Promise<void> {
  const [maxRows, maxColumns] = SHEETS[format];
  const maxCells = (memoryMb * 2 ** 20 * MEMORY_SHARE) / BYTES_PER_CELL;
  const fitting = (text: string): string => {
    if (text.length <= MAX_CHARACTERS[format]) return text;
    const message = `A text is longer than the ${MAX_CHARACTERS[format]} characters of a cell of ${format}; ask for CSV or Parquet.`;
    throw new Problem('payload_too_large', message);
  };
  const rows: Cell[][] = [columns.map(({ name }) => fitting(name))];
  for await (const { nRows, columns: values } of readBatches(duckdb, tablePath, columns)) {
    const nAll = rows.length + nRows;
    if (nAll > maxRows || columns.length > maxColumns || nAll * columns.length > maxCells) {
      throw new Problem('payload_too_large', 'The rows are too many for a workbook; ask for CSV or Parquet.');
    }
    for (let row = 0; row < nRows; row++) {
      rows.push(
        columns.map(({ type }, k): Cell => {
          const value = values[k]![row]!;
          if (typeof value === 'string') return fitting(value);
          if (value === null) return null;
          if (Number.isNaN(value)) return null;
          if (type === 'boolean') return value === 1;
          return type === 'date' ? new Date(value) : value;
        }),
      );
    }
  }
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows, { UTC: true }), 'Sheet1');
  await writeFile(outputPath, write(book, { type: 'buffer', bookType: TYPES[format] }) as Uint8Array);
}
