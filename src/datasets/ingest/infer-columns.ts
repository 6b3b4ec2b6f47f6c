import type { DuckDBValue } from '@duckdb/node-api';
import { DuckDBListValue } from '@duckdb/node-api';
import type { ColumnType } from '../../learn/matrix/table.js';
import { decideType, type SpellingCounts } from './decide-type.js';
import { type Duckdb, literals } from './duckdb.js';
import type { ColumnSchema } from './ingest-types.js';
import {
  ALWAYS_MISSING,
  BOOLEAN_SPELLINGS,
  IDENTIFIER,
  ISO_DATE,
  ISO_MONTH,
  MISSING_BESIDE_VALUES,
  NUMBER,
  PLAIN_INTEGER,
  PLAIN_ISO_DATE,
  YEAR_FIRST_DATE,
  YEAR_LAST_DATES,
} from './spellings.js';
import { typedExpression } from './typed-expression.js';

/**
 * Finds the type of every column of the raw table over all of its rows.
 *
 * A column is first grouped by spelling. The grouping gives the exact number of distinct values, which is wanted
 * anyway, and every question about spellings is then asked once a spelling instead of once a row: 3 million flights
 * have 1,109 distances. Many columns share one statement, because a table may have thousands and planning a statement
 * costs more than running it over a few hundred rows.
 */

/** A column with the expression that converts its text. */
export interface InferredColumn {
  readonly schema: ColumnSchema;
  readonly sql: string;
}

/** Cells that one statement groups at once; bounds its hash tables. */
const CELLS_PER_STATEMENT = 4_000_000;
const MAX_COLUMNS_PER_STATEMENT = 64;

export async function inferColumns(
  duckdb: Duckdb,
  table: string,
  names: readonly string[],
  nRows: number,
): Promise<InferredColumn[]> {
  const perStatement = Math.max(
    1,
    Math.min(MAX_COLUMNS_PER_STATEMENT, Math.floor(CELLS_PER_STATEMENT / Math.max(1, nRows))),
  );
  const columns: InferredColumn[] = [];
  for (let from = 0; from < names.length; from += perStatement) {
    const indices = names.slice(from, from + perStatement).map((_, offset) => from + offset);
    const rows = await duckdb.rows(statisticsSql(table, indices));
    for (const index of indices) {
      const row = rows.find((candidate) => Number(candidate['i']) === index);
      columns.push(await inferColumn(duckdb, table, index, names[index]!, row ?? {}));
    }
  }
  return columns;
}

async function inferColumn(
  duckdb: Duckdb,
  table: string,
  index: number,
  name: string,
  row: Record<string, DuckDBValue>,
): Promise<InferredColumn> {
  const counts = spellingCounts(row);
  const nAlwaysMissing = Number(row['n_empty'] ?? 0) + Number(row['n_always'] ?? 0);
  const always = texts(row['always_markers']);
  const besideValues = texts(row['beside_markers']);
  const asText = (): InferredColumn => ({
    schema: {
      name,
      type: 'text',
      nullCount: nAlwaysMissing,
      distinctCount: counts.nSpellings + besideValues.length,
      missingMarkers: always,
    },
    sql: typedExpression(`c${index}`, always, { type: 'text' }),
  });

  const decision = decideType(counts);
  if (decision.type === 'text') return asText();
  const missingMarkers = [...always, ...besideValues].sort();
  const sql = typedExpression(`c${index}`, missingMarkers, decision);
  const schema = (type: ColumnType, distinctCount: number): ColumnSchema => ({
    name,
    type,
    nullCount: nAlwaysMissing + Number(row['n_beside'] ?? 0),
    distinctCount,
    missingMarkers,
  });
  if (decision.type === 'number') {
    return { schema: { ...schema('number', Number(row['n_values'])), integer: row['whole'] === true }, sql };
  }
  const [checked] = await duckdb.rows(checkSql(table, index, missingMarkers, sql));
  if (Number(checked!['n_failed']) > 0) return asText();
  return { schema: schema(decision.type, Number(checked!['n_distinct'])), sql };
}

/** One row a column that has at least one row; see SpellingCounts. */
function statisticsSql(table: string, indices: readonly number[]): string {
  const sources = indices.map(
    (i) => `SELECT ${i} AS i, c${i} AS v, count(*) AS n FROM ${table} GROUP BY c${i}`,
  );
  const matches = (pattern: string) => `regexp_full_match(v, '${pattern}')`;
  return `
    WITH spellings AS (${sources.join(' UNION ALL ')}),
    kinds AS (
      SELECT i, v, n, CASE
        WHEN v IS NULL THEN 'empty'
        WHEN ${matches(PLAIN_INTEGER)} THEN 'integer'
        WHEN v IN (${literals(ALWAYS_MISSING)}) THEN 'always'
        WHEN v IN (${literals(MISSING_BESIDE_VALUES)}) THEN 'beside'
        WHEN ${matches(NUMBER)} THEN CASE
          WHEN ${matches(IDENTIFIER)} OR NOT coalesce(isfinite(TRY_CAST(v AS DOUBLE)), false) THEN 'text'
          ELSE 'number' END
        WHEN NOT ${matches('\\d.*')} THEN 'text'
        WHEN ${matches(PLAIN_ISO_DATE)} THEN 'plain_iso'
        WHEN ${matches(ISO_DATE)} THEN 'iso'
        WHEN ${matches(ISO_MONTH)} THEN 'month'
        WHEN ${matches(YEAR_FIRST_DATE)} THEN 'year_first'
        WHEN ${matches(YEAR_LAST_DATES['/'])} THEN 'slash'
        WHEN ${matches(YEAR_LAST_DATES['.'])} THEN 'dot'
        WHEN ${matches(YEAR_LAST_DATES['-'])} THEN 'dash'
        ELSE 'text' END AS kind,
        CASE WHEN kind IN ('integer', 'number') THEN TRY_CAST(v AS DOUBLE) END AS value
      FROM spellings
    )
    SELECT i,
      coalesce(sum(n) FILTER (kind = 'empty'), 0) AS n_empty,
      coalesce(sum(n) FILTER (kind = 'always'), 0) AS n_always,
      coalesce(sum(n) FILTER (kind = 'beside'), 0) AS n_beside,
      list(v ORDER BY v) FILTER (kind = 'always') AS always_markers,
      list(v ORDER BY v) FILTER (kind = 'beside') AS beside_markers,
      count(*) FILTER (kind NOT IN ('empty', 'always', 'beside')) AS n_spellings,
      count(*) FILTER (kind = 'integer') AS n_integer,
      count(*) FILTER (kind = 'number') AS n_number,
      count(DISTINCT value) AS n_values,
      bool_and(value = trunc(value)) AS whole,
      count(*) FILTER (kind = 'plain_iso') AS n_plain_iso,
      count(*) FILTER (kind = 'iso') AS n_iso,
      count(*) FILTER (kind = 'month') AS n_month,
      count(*) FILTER (kind = 'year_first') AS n_year_first,
      count(*) FILTER (kind = 'slash') AS n_slash,
      count(*) FILTER (kind = 'dot') AS n_dot,
      count(*) FILTER (kind = 'dash') AS n_dash,
      max(TRY_CAST(regexp_extract(v, '^\\d+') AS INTEGER)) FILTER (kind IN ('slash', 'dot', 'dash')) AS max_first,
      max(TRY_CAST(regexp_extract(v, '^\\d+.(\\d+)', 1) AS INTEGER)) FILTER (kind IN ('slash', 'dot', 'dash')) AS max_second,
      count(*) FILTER (kind = 'text' AND lower(v) IN (${literals(BOOLEAN_SPELLINGS)})) AS n_boolean
    FROM kinds GROUP BY i`;
}

/** Whether every value of a boolean or date column converts, and how many there are. */
function checkSql(table: string, index: number, markers: readonly string[], typedSql: string): string {
  const present = `c${index} IS NOT NULL${markers.length > 0 ? ` AND c${index} NOT IN (${literals(markers)})` : ''}`;
  return `
    WITH typed AS (SELECT c${index}, ${typedSql} AS v FROM (SELECT DISTINCT c${index} FROM ${table}))
    SELECT count(*) FILTER (v IS NULL AND ${present}) AS n_failed, count(DISTINCT v) AS n_distinct FROM typed`;
}

function spellingCounts(row: Record<string, DuckDBValue>): SpellingCounts {
  const number = (name: string) => Number(row[name] ?? 0);
  const optional = (name: string) =>
    row[name] === null || row[name] === undefined ? null : Number(row[name]);
  const nSpellings = number('n_spellings');
  return {
    nSpellings,
    nPlainIntegers: number('n_integer'),
    nOtherNumbers: number('n_number'),
    nPlainIsoDates: number('n_plain_iso'),
    nOtherIsoDates: number('n_iso'),
    nIsoMonths: number('n_month'),
    nYearFirstDates: number('n_year_first'),
    nSlashDates: number('n_slash'),
    nDotDates: number('n_dot'),
    nDashDates: number('n_dash'),
    maxFirstPart: optional('max_first'),
    maxSecondPart: optional('max_second'),
    nBooleans: number('n_boolean'),
  };
}

function texts(value: DuckDBValue | undefined): string[] {
  return value instanceof DuckDBListValue ? value.items.map(String) : [];
}
