import { Duckdb, literal } from '../ingest/duckdb.js';
import type { ColumnSchema } from '../ingest/ingest-types.js';
import { associate, MAX_LEVELS, strengthOf } from './association.js';
import { CLASS_COUNT_ROWS, estimateClassCount } from './class-count.js';
import { columnWarnings } from './column-warnings.js';
import { dateStatistics, isoDate } from './date-columns.js';
import type { ProfiledTable } from './grouped-values.js';
import { type NumericStatistics, numericStatistics } from './numeric-columns.js';
import {
  type Association,
  type Associations,
  type ClassCountEstimate,
  type ColumnProfile,
  PROFILE_VERSION,
  type ProfileWarning,
  type TableProfile,
  type TargetProfile,
} from './profile-types.js';
import { drawSample, type Sample } from './sample.js';
import { profileTarget } from './target-profile.js';
import { textStatistics } from './text-columns.js';

/** Columns that are compared with each other: 40 make 780 pairs, which is some 200 ms of the sample's 20,000 rows. */
const MAX_COMPARED_COLUMNS = 40;
const MAX_HELD_CELLS = 4_000_000;
const MAX_WARNINGS = 500;
/** Columns that are compared with a target. */
const MAX_COLUMNS_BESIDE_TARGET = 1_000;
/** Up to here every row's hash is kept to find duplicates; above, only a share of all hashes is. */
const MAX_HASHED_ROWS = 10_000_000;

export interface ProfileInput {
  /** The canonical Parquet: columns c0, c1, … in the order of the schema. */
  readonly tablePath: string;
  readonly columns: readonly ColumnSchema[];
  readonly nRows: number;
  readonly threads: number;
  readonly memoryMb: number;
  /** A folder of its own for what does not fit into memory. */
  readonly spillDir?: string;
}

/**
 * What the table holds, column by column and pair by pair. Counts and quantiles are exact; pairs are measured on
 * at most 20,000 rows and 40 columns, which the result says. Cost: about 5 passes over the columnar file.
 */
export function profileTable(input: ProfileInput): Promise<TableProfile> {
  return withDuckdb(input, async (duckdb) => {
    const table = await tableOf(duckdb, input);
    const indexed = input.columns.map((schema, index) => ({ index, schema }));
    const numbers = await numericStatistics(
      duckdb,
      table,
      indexed.filter(({ schema }) => schema.type !== 'text'),
    );
    const texts = await textStatistics(
      duckdb,
      table,
      indexed.filter(({ schema }) => schema.type === 'text'),
    );
    const orders = await dateStatistics(duckdb, table.sql, indexed, numbers);
    const columns = indexed.map(({ index, schema }): ColumnProfile => {
      const { name, type, integer, nullCount, distinctCount } = schema;
      const facts = numbers.get(index);
      const text = texts.get(index);
      const dates = orders.get(index);
      return {
        name,
        type,
        ...(integer === undefined ? {} : { integer }),
        nMissing: nullCount,
        nDistinct: distinctCount,
        topValues: text?.topValues ?? (facts === undefined ? [] : readTopValues(type, facts)),
        ...(type === 'number' && facts !== undefined ? { numbers: withoutTopValues(facts) } : {}),
        ...(dates === undefined ? {} : { dates }),
        ...(text === undefined ? {} : { texts: { lengths: text.lengths, nNumeric: text.nNumeric } }),
      };
    });
    return {
      profileVersion: PROFILE_VERSION,
      nRows: input.nRows,
      nColumns: columns.length,
      duplicateRows: await countDuplicates(duckdb, table.sql, input),
      columns,
      associations: await associations(duckdb, input),
      ...firstWarnings(columns.flatMap((column) => columnWarnings(column, input.nRows))),
    };
  });
}

/** @param target the name of a column that has values. */
export function profileTargetOf(
  input: ProfileInput,
  target: string,
  profiles: readonly ColumnProfile[],
): Promise<TargetProfile> {
  return withDuckdb(input, async (duckdb) => {
    const indexed = input.columns.map((schema, index) => ({ index, schema }));
    const others = indexed.filter(({ schema }) => schema.name !== target).slice(0, MAX_COLUMNS_BESIDE_TARGET);
    const wanted = [...others, ...indexed.filter(({ schema }) => schema.name === target)];
    const sample = await drawSample(duckdb, input.tablePath, input.nRows, wanted);
    return profileTarget(target, sample, profiles);
  });
}

/** @param without columns that are no measurement: identifiers, and the target if there is one. */
export function countClassesOf(
  input: ProfileInput,
  without: readonly string[],
): Promise<ClassCountEstimate | null> {
  return withDuckdb(input, async (duckdb) => {
    const numeric = input.columns
      .map((schema, index) => ({ index, schema }))
      .filter(({ schema }) => schema.type !== 'text' && !without.includes(schema.name));
    const sample = await drawSample(duckdb, input.tablePath, input.nRows, numeric, CLASS_COUNT_ROWS);
    return estimateClassCount(sample.columns);
  });
}

/** A small wide table is held in memory: every statement that names the file reads the facts of all its columns. */
async function tableOf(duckdb: Duckdb, { tablePath, nRows, columns }: ProfileInput): Promise<ProfiledTable> {
  const file = `read_parquet(${literal(tablePath)})`;
  if (nRows * columns.length > MAX_HELD_CELLS) return { sql: file, isHeld: false };
  await duckdb.run(`CREATE TABLE held AS FROM ${file}`);
  return { sql: 'held', isHeld: true };
}

function firstWarnings(all: readonly ProfileWarning[]): Pick<TableProfile, 'warnings' | 'nWarningsLeftOut'> {
  return {
    warnings: all.slice(0, MAX_WARNINGS),
    nWarningsLeftOut: Math.max(0, all.length - MAX_WARNINGS),
  };
}

async function withDuckdb<Result>(
  input: ProfileInput,
  work: (duckdb: Duckdb) => Promise<Result>,
): Promise<Result> {
  const { threads, memoryMb, tablePath, spillDir } = input;
  const duckdb = await Duckdb.open({
    threads,
    memoryMb,
    paths: [tablePath],
    ...(spillDir === undefined ? {} : { spillDir }),
  });
  try {
    return await work(duckdb);
  } finally {
    duckdb.close();
  }
}

function readTopValues(
  type: ColumnSchema['type'],
  { topValues }: NumericStatistics,
): ColumnProfile['topValues'] {
  if (type === 'boolean') return topValues.map(({ value, count }) => ({ value: value === 1, count }));
  if (type === 'date') {
    return topValues.map(({ value, count }) => ({ value: isoDate(value), count }));
  }
  return topValues;
}

function withoutTopValues({ topValues: _, ...numbers }: NumericStatistics) {
  return numbers;
}

/** Equal rows have equal hashes; that two different ones of 10 million share one has a chance of 1 in 400,000. */
async function countDuplicates(
  duckdb: Duckdb,
  file: string,
  { columns, nRows }: ProfileInput,
): Promise<TableProfile['duplicateRows']> {
  const list = columns.map((_, index) => `c${index}`).join(', ');
  const nShares = Math.ceil(nRows / MAX_HASHED_ROWS);
  const condition = nShares === 1 ? '' : `WHERE h % ${nShares} = 0`;
  const [row] = await duckdb.rows(`
    SELECT coalesce(sum(n), 0) - count(*) AS duplicates
    FROM (SELECT h, count(*) AS n FROM (SELECT hash(${list}) AS h FROM ${file}) ${condition} GROUP BY h)`);
  return { count: Number(row!['duplicates']) * nShares, isEstimate: nShares > 1 };
}

async function associations(duckdb: Duckdb, input: ProfileInput): Promise<Associations> {
  const comparable = input.columns
    .map((schema, index) => ({ index, schema }))
    .filter(
      ({ schema: { type, distinctCount } }) =>
        distinctCount > 1 && (type !== 'text' || distinctCount <= MAX_LEVELS),
    )
    .slice(0, MAX_COMPARED_COLUMNS);
  const sample = await drawSample(duckdb, input.tablePath, input.nRows, comparable);
  const compared = new Set(comparable.map(({ schema }) => schema.name));
  return {
    pairs: comparePairs(sample),
    nRowsUsed: comparable.length === 0 ? 0 : sample.nRows,
    isSampled: sample.isSampled,
    leftOut: input.columns.map(({ name }) => name).filter((name) => !compared.has(name)),
  };
}

function comparePairs({ columns }: Sample): Association[] {
  const pairs: Association[] = [];
  for (const [at, column] of columns.entries()) {
    for (const other of columns.slice(at + 1)) {
      const pair = associate(column, other);
      if (pair !== undefined) pairs.push(pair);
    }
  }
  return pairs.sort((a, b) => strengthOf(b) - strengthOf(a));
}
