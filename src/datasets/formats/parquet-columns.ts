import { unreadable } from '../ingest/defects.js';
import { literals } from '../ingest/duckdb.js';
import type { ColumnOverride, ColumnSchema } from '../ingest/ingest-types.js';
import type { NumberStyle } from '../ingest/spellings.js';
import { typedExpression } from '../ingest/typed-expression.js';

/** How a column of a Parquet file becomes one of the table. */
export interface ParquetColumn {
  readonly type: ColumnSchema['type'];
  /** The canonical value. */
  readonly sql: string;
  /** Whether there is a value that is not called missing: then the canonical one must not be NULL. */
  readonly isValueSql: string;
  /** Whether the value is spelt like this marker. */
  readonly isMarkerSql: (marker: string) => string;
}

const STYLE: NumberStyle = { decimal: '.', thousands: '' };
const IS_NUMBER = /^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(.*\)|FLOAT|DOUBLE)$/;

/**
 * By the type that the file gives, unless the caller has named another: then the value goes by its text, as in a
 * delimited file.
 *
 * @param cell SQL that names it
 * @param isLong it holds whole numbers that 64-bit floating point would round
 * @throws Problem dataset_unreadable for bytes
 */
export function parquetColumn(
  type: string,
  cell: string,
  isLong: boolean,
  { name, type: named, missing = [], dateOrder }: ColumnOverride,
): ParquetColumn {
  const own = ownColumn(type, cell, isLong, name);
  const text = textOf(type, cell);
  const markers = missing.map((marker) => markerText(type, marker)).filter((marker) => marker !== '');
  const isMissing =
    markers.length === 0 ? 'false' : `coalesce(list_contains([${literals(markers)}], ${text}), false)`;
  const isOther = named !== undefined && named !== own.type;
  const wanted = isOther ? retyped(text, named, dateOrder) : own.sql;
  const sql = markers.length === 0 ? wanted : `CASE WHEN NOT ${isMissing} THEN ${wanted} END`;
  return {
    type: named ?? own.type,
    sql,
    isValueSql: isOther ? `(${text} IS NOT NULL AND NOT ${isMissing})` : 'false',
    isMarkerSql: (marker) => `${text} = ${literals([markerText(type, marker)])}`,
  };
}

function ownColumn(
  type: string,
  cell: string,
  isLong: boolean,
  name: string,
): { type: ColumnSchema['type']; sql: string } {
  if (isLong) return { type: 'text', sql: `CAST(${cell} AS VARCHAR)` };
  if (type === 'FLOAT' || type === 'DOUBLE') {
    return { type: 'number', sql: `CASE WHEN isfinite(${cell}) THEN CAST(${cell} AS DOUBLE) END` };
  }
  if (IS_NUMBER.test(type)) return { type: 'number', sql: `CAST(${cell} AS DOUBLE)` };
  if (type === 'BOOLEAN') return { type: 'boolean', sql: cell };
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    return { type: 'date', sql: `CASE WHEN isfinite(${cell}) THEN make_timestamp(epoch_us(${cell})) END` };
  }
  if (type === 'DATE' || /^TIMESTAMP(?:_(?:S|MS|NS))?$/.test(type)) {
    const instant = `CAST(${cell} AS TIMESTAMP)`;
    return { type: 'date', sql: `CASE WHEN isfinite(${instant}) THEN ${instant} END` };
  }
  if (/^(?:BLOB|BIT|GEOMETRY)$/.test(type)) {
    throw unreadable('unsupported_column_type', 'A column holds bytes.', undefined, name);
  }
  return { type: 'text', sql: textOf(type, cell) };
}

/** The value as text; NULL for an empty one. A whole number has no decimals, whatever its type. */
function textOf(type: string, cell: string): string {
  if (/^(?:STRUCT|MAP)\(|\]$/.test(type)) return `CAST(to_json(${cell}) AS VARCHAR)`;
  const text = `CAST(${cell} AS VARCHAR)`;
  if (!/^(?:DECIMAL\(.*\)|FLOAT|DOUBLE)$/.test(type)) return `nullif(${text}, '')`;
  const isWhole = `${cell} = trunc(${cell}) AND abs(${cell}) < 1e15`;
  return `CASE WHEN ${isWhole} THEN CAST(CAST(${cell} AS BIGINT) AS VARCHAR) ELSE ${text} END`;
}

/** -1.0 and -1 are the same number. */
function markerText(type: string, marker: string): string {
  const isNumber = IS_NUMBER.test(type) && marker.trim() !== '' && Number.isFinite(Number(marker));
  return isNumber ? String(Number(marker)) : marker;
}

function retyped(text: string, type: ColumnSchema['type'], order: ColumnOverride['dateOrder']): string {
  if (type === 'text') return text;
  if (type !== 'date') return typedExpression(text, [], { type, isForced: true, percent: true }, STYLE);
  if (order === undefined)
    return typedExpression(text, [], { type, isForced: true, layout: { kind: 'iso' } }, STYLE);
  const spelt = (['/', '.', '-'] as const).map((separator) =>
    typedExpression(text, [], { type, isForced: true, layout: { kind: order, separator } }, STYLE),
  );
  return `coalesce(${spelt.join(', ')})`;
}
