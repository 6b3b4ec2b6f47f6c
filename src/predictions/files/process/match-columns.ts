import { type Duckdb, literal } from '../../../datasets/ingest/duckdb.js';
import { Problem, type ProblemItem } from '../../../errors/problem.js';
import type { ColumnType } from '../../../learn/matrix/table.js';
import type { ModelSignature } from '../../../learn/pipeline/signature.js';
import { booleanFromText, dateFromText, numberFromText } from '../../../learn/preprocessing/read-value.js';
import type { WantedColumn } from './batch-rows.js';
import type { FileColumn } from './file-task-types.js';

/** Distinct texts of a column among which one must be of the wanted type. */
const N_LOOKED_AT = 1_000;

/** What a column of the model may be in a file; texts are read cell by cell. */
const TAKES: Readonly<Record<ColumnType, readonly ColumnType[]>> = {
  number: ['number', 'text'],
  boolean: ['boolean', 'number', 'text'],
  date: ['date', 'number', 'text'],
  text: ['text', 'number', 'boolean', 'date'],
};

const READERS: Readonly<Record<Exclude<ColumnType, 'text'>, (text: string) => number>> = {
  number: numberFromText,
  boolean: booleanFromText,
  date: dateFromText,
};

export interface MatchedColumn extends WantedColumn {
  /** In the file. */
  readonly index: number;
}

/**
 * Finds the model's columns in a file, in the order of the signature.
 * @throws Problem columns_do_not_fit with every column that is missing or of a type that cannot be read as the model's
 */
export async function matchColumns(
  duckdb: Duckdb,
  tablePath: string,
  columns: readonly FileColumn[],
  { inputs }: ModelSignature,
): Promise<MatchedColumn[]> {
  const items: ProblemItem[] = [];
  const matched: MatchedColumn[] = [];
  for (const { name, type: wantedType } of inputs) {
    const index = columns.findIndex((column) => column.name === name);
    if (index === -1) {
      items.push({
        code: 'missing_column',
        column: name,
        message: 'The file does not have the column.',
        expectedType: wantedType,
      });
      continue;
    }
    const { type } = columns[index]!;
    const isReadable =
      TAKES[wantedType].includes(type) &&
      (type !== 'text' || (await holdsAny(duckdb, tablePath, index, wantedType)));
    if (isReadable || (await isEmpty(duckdb, tablePath, index))) {
      matched.push({ name, type, wantedType, index });
    } else {
      items.push({
        code: 'wrong_type',
        column: name,
        message: `The column must hold values of the type ${wantedType}.`,
        expectedType: wantedType,
        sentType: type,
      });
    }
  }
  if (items.length === 0) return matched;
  const nColumns = items.length === 1 ? '1 column' : `${items.length} columns`;
  throw new Problem(
    'columns_do_not_fit',
    `The file does not fit the model: ${nColumns}; see errors[].`,
    items,
  );
}

async function holdsAny(
  duckdb: Duckdb,
  tablePath: string,
  index: number,
  wantedType: ColumnType,
): Promise<boolean> {
  if (wantedType === 'text') return true;
  const rows = await duckdb.rows(
    `SELECT DISTINCT c${index} AS v FROM read_parquet(${literal(tablePath)}) WHERE c${index} IS NOT NULL LIMIT ${N_LOOKED_AT}`,
  );
  return rows.some((row) => !Number.isNaN(READERS[wantedType](String(row['v']))));
}

async function isEmpty(duckdb: Duckdb, tablePath: string, index: number): Promise<boolean> {
  const [row] = await duckdb.rows(`SELECT count(c${index}) AS n FROM read_parquet(${literal(tablePath)})`);
  return Number(row?.['n']) === 0;
}
