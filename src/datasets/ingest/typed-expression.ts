import type { ColumnType } from '../../learn/matrix/table.js';
import type { DateLayout } from './decide-type.js';
import { literals } from './duckdb.js';
import { TRUE_SPELLINGS } from './spellings.js';

/**
 * SQL that turns a trimmed text column into its canonical type: DOUBLE, BOOLEAN, TIMESTAMP (UTC) or VARCHAR. Missing
 * markers become NULL, and so does what cannot be converted.
 */
export function typedExpression(
  column: string,
  missingMarkers: readonly string[],
  decision: { type: ColumnType; layout?: DateLayout },
): string {
  const value =
    missingMarkers.length === 0
      ? column
      : `CASE WHEN ${column} IN (${literals(missingMarkers)}) THEN NULL ELSE ${column} END`;
  switch (decision.type) {
    case 'text':
      return value;
    case 'number':
      return `TRY_CAST(${value} AS DOUBLE)`;
    case 'boolean':
      return `lower(${value}) IN (${literals(TRUE_SPELLINGS)})`;
    case 'date':
      return dateExpression(value, decision.layout ?? { kind: 'iso' });
  }
}

function dateExpression(value: string, layout: DateLayout): string {
  switch (layout.kind) {
    case 'iso':
      // DuckDB wants seconds, no blank before the zone and a colon in the offset; the mending runs only where it is needed.
      return `coalesce(TRY_CAST(${value} AS TIMESTAMP), TRY_CAST(${mendedIso(value)} AS TIMESTAMP))`;
    case 'month':
      return `TRY_CAST((${value}) || '-01' AS TIMESTAMP)`;
    case 'year_first':
      return parsed(value, '%Y/%m/%d');
    case 'day_first':
      return parsed(value, `%d${layout.separator}%m${layout.separator}%Y`);
    case 'month_first':
      return parsed(value, `%m${layout.separator}%d${layout.separator}%Y`);
  }
}

function mendedIso(value: string): string {
  const withSeconds = `regexp_replace(${value}, '^(.{10}[T ]\\d{2}:\\d{2})($|[ Z+-])', '\\1:00\\2')`;
  const withoutBlank = `regexp_replace(${withSeconds}, ' (Z|[+-]\\d{2}(:?\\d{2})?)$', '\\1')`;
  return `regexp_replace(${withoutBlank}, '([+-]\\d{2})(\\d{2})$', '\\1:\\2')`;
}

function parsed(value: string, format: string): string {
  return `try_strptime(${value}, [${literals([format, `${format} %H:%M`, `${format} %H:%M:%S`])}])`;
}
