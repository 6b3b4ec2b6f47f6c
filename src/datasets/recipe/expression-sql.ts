import type { Expression, FunctionName } from '../../learn/recipe/expression.js';
import { literal } from '../ingest/duckdb.js';

/**
 * An expression as DuckDB SQL that gives what the row function gives. Dates are epoch milliseconds (DOUBLE) all the way. Only what
 * stands here gets into the SQL: names of functions come from the table below, columns from `columnSql`, texts as literals.
 */
export function expressionSql(expression: Expression, columnSql: (name: string) => string): string {
  if (expression.kind === 'column') return columnSql(expression.name);
  if (expression.kind === 'literal') return constantSql(expression);
  const parts = expression.arguments.map((part) => expressionSql(part, columnSql));
  return `(${SQL[expression.name](...(parts as [string, string, string]))})`;
}

const SQL_TYPES = { number: 'DOUBLE', date: 'DOUBLE', text: 'VARCHAR', boolean: 'BOOLEAN' };

function constantSql({ type, value }: Extract<Expression, { kind: 'literal' }>): string {
  if (value === null) return `CAST(NULL AS ${SQL_TYPES[type]})`;
  if (typeof value === 'number') return `CAST('${value}' AS DOUBLE)`;
  return typeof value === 'boolean' ? String(value) : `CAST(${literal(value)} AS VARCHAR)`;
}

/** What is not finite becomes missing. The list names the number once: written twice at each level, it would double. */
function finite(sql: string): string {
  return `list_transform([${sql}], lambda v: CASE WHEN isfinite(v) THEN v END)[1]`;
}

/** With `v`, `w` and `x` for the arguments, each written once. */
function named(sql: string, ...values: string[]): string {
  const fields = values.map((value, index) => `${'vwx'[index]} := ${value}`);
  const body = sql.replaceAll(/\b[vwx]\b/g, (name) => `r.${name}`);
  return `list_transform([struct_pack(${fields.join(', ')})], lambda r: ${body})[1]`;
}

/** The smallest or largest of all; missing when one is. */
function extreme(aggregate: string, parts: readonly string[]): string {
  return `list_transform([[${parts.join(', ')}]], lambda l: CASE WHEN len(l) = list_count(l) THEN ${aggregate}(l) END)[1]`;
}

/** No text has more characters. */
const LONGEST = 2 ** 31 - 1;
const MS_PER_DAY = 86_400_000;
const timestamp = 'make_timestamp(CAST(v * 1000 AS BIGINT))';
const DECIMAL = String.raw`[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`;
const PLAIN_DATE = String.raw`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?`;
/** The blanks that JavaScript trims; DuckDB's own trim knows others. */
const BLANKS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160) || chr(65279)";

const SQL: Readonly<Record<FunctionName, (a: string, b: string, c: string, ...more: string[]) => string>> = {
  add: (a, b) => finite(`${a} + ${b}`),
  subtract: (a, b) => finite(`${a} - ${b}`),
  multiply: (a, b) => finite(`${a} * ${b}`),
  divide: (a, b) => named('CASE WHEN w = 0 OR NOT isfinite(v / w) THEN NULL ELSE v / w END', a, b),
  remainder: (a, b) => named('CASE WHEN w = 0 OR NOT isfinite(v % w) THEN NULL ELSE v % w END', a, b),
  negate: (a) => `-(${a})`,
  equal: (a, b) => `${a} = ${b}`,
  unequal: (a, b) => `${a} <> ${b}`,
  less: (a, b) => `${a} < ${b}`,
  less_or_equal: (a, b) => `${a} <= ${b}`,
  greater: (a, b) => `${a} > ${b}`,
  greater_or_equal: (a, b) => `${a} >= ${b}`,
  and: (a, b) => `${a} AND ${b}`,
  or: (a, b) => `${a} OR ${b}`,
  not: (a) => `NOT ${a}`,
  in: (a, ...list) => `${a} IN (${list.join(', ')})`,
  if: (a, b, c) => `CASE WHEN ${a} THEN ${b} ELSE ${c} END`,
  coalesce: (...parts) => `coalesce(${parts.join(', ')})`,
  is_missing: (a) => `${a} IS NULL`,
  abs: (a) => `abs(${a})`,
  floor: (a) => `floor(${a})`,
  ceil: (a) => `ceil(${a})`,
  round: (a) => `round(${a})`,
  sqrt: (a) => named('CASE WHEN v >= 0 THEN sqrt(v) END', a),
  ln: (a) => named('CASE WHEN v > 0 THEN ln(v) END', a),
  log10: (a) => named('CASE WHEN v > 0 THEN log10(v) END', a),
  exp: (a) => finite(`exp(${a})`),
  power: (a, b) => finite(`pow(${a}, ${b})`),
  // DuckDB passes over missing arguments here.
  least: (...parts) => extreme('list_min', parts),
  greatest: (...parts) => extreme('list_max', parts),
  lower: (a) => `lower(${a})`,
  upper: (a) => `upper(${a})`,
  trim: (a) => `trim(${a}, ' ')`,
  length: (a) => `CAST(length(${a}) AS DOUBLE)`,
  substring: (a, b, c) =>
    named(
      `CASE WHEN w >= 1 AND x >= 0 THEN
        substring(v, CAST(least(floor(w), ${LONGEST}) AS BIGINT), CAST(least(floor(x), ${LONGEST}) AS BIGINT)) END`,
      a,
      b,
      c,
    ),
  concat: (...parts) => parts.join(' || '),
  contains: (a, b) => `contains(${a}, ${b})`,
  starts_with: (a, b) => `starts_with(${a}, ${b})`,
  ends_with: (a, b) => `ends_with(${a}, ${b})`,
  replace: (a, b, c) => `replace(${a}, ${b}, ${c})`,
  number: (a) =>
    named(
      `CASE WHEN regexp_full_match(v, '${DECIMAL}') AND isfinite(TRY_CAST(v AS DOUBLE)) THEN TRY_CAST(v AS DOUBLE) END`,
      `trim(${a}, ${BLANKS})`,
    ),
  date: (a) =>
    named(
      `CASE WHEN regexp_full_match(v, '${PLAIN_DATE}')
        THEN CAST(epoch_ms(TRY_CAST(CASE WHEN length(v) = 16 THEN v || ':00' ELSE v END AS TIMESTAMP)) AS DOUBLE) END`,
      a,
    ),
  year: (a) => named(`CAST(year(${timestamp}) AS DOUBLE)`, a),
  month: (a) => named(`CAST(month(${timestamp}) AS DOUBLE)`, a),
  day: (a) => named(`CAST(day(${timestamp}) AS DOUBLE)`, a),
  weekday: (a) => named(`CAST(dayofweek(${timestamp}) AS DOUBLE)`, a),
  hour: (a) => named(`CAST(hour(${timestamp}) AS DOUBLE)`, a),
  date_diff_days: (a, b) => `floor(${b} / ${MS_PER_DAY}) - floor(${a} / ${MS_PER_DAY})`,
};
