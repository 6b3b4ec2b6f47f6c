import type { ColumnSchema, DatasetFormat } from '../datasets/ingest/ingest-types.js';

/** A column as EasyML describes it. */
export interface PandasColumn {
  readonly name: string;
  /** The name that pandas gives to the type. */
  readonly type: string;
  readonly null_count: number;
}

/** What the data server calls the type of a data set, and the files that may be sent for it. */
export const EXTENSIONS: Readonly<Record<string, readonly DatasetFormat[]>> = {
  csv: ['csv'],
  excel: ['xls', 'xlsx', 'ods'],
  json: ['json'],
};

const WORKBOOKS: readonly string[] = EXTENSIONS['excel']!;

/** Columns with the types that pandas would find in a file of this format. */
export function pandasColumns(columns: readonly ColumnSchema[], format: string): PandasColumn[] {
  return columns.map((column) => ({
    name: column.name,
    type: pandasType(column, format),
    null_count: column.nullCount,
  }));
}

/** pandas has no missing int or boolean: one gap makes floats of ints, and objects of booleans. */
function pandasType({ type, integer, nullCount, distinctCount }: ColumnSchema, format: string): string {
  if (distinctCount === 0) return 'float64';
  if (type === 'number') return integer === true && nullCount === 0 ? 'int64' : 'float64';
  if (type === 'boolean') return nullCount === 0 ? 'bool' : 'object';
  return type === 'date' && WORKBOOKS.includes(format) ? 'datetime64[ns]' : 'object';
}
