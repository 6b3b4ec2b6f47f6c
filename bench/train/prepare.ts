import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { BenchDataset } from './cases.js';

/** One part of a prepared data set: raw 64-bit floats, features column by column. */
export interface PreparedPart {
  readonly nSamples: number;
  readonly features: string;
  readonly target: string;
}

/** What both sides of a comparison read: the same bytes. */
export interface Prepared {
  readonly task: 'classification' | 'regression';
  readonly nFeatures: number;
  readonly nClasses: number;
  readonly train: PreparedPart;
  readonly test: PreparedPart;
}

export interface PrepareOptions {
  /** Text as codes in the order of the alphabet, or as one 0/1 column a value (at most 50, in that order). */
  readonly encoding: 'codes' | 'one_hot';
  /** 1: every fifth row is held out. More: as many pairs of parts, each row held out once. */
  readonly nFolds: number;
  /** Deals the rows out to the folds anew so many times; absent: once. */
  readonly nShuffles?: number;
  /** Which deals these are, from 0; absent: the first ones. */
  readonly firstShuffle?: number;
}

const MAX_ONE_HOT = 50;
const HELD_OUT_FIFTHS = 5;

/**
 * Reads a data set with DuckDB and writes it as plain numbers: missing values as NaN, rows in a fixed pseudo-random
 * order that also decides which are held out.
 */
export async function prepare(
  dataset: BenchDataset,
  path: string,
  workDir: string,
  { encoding, nFolds, nShuffles = 1, firstShuffle = 0 }: PrepareOptions,
): Promise<Prepared[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const db = await instance.connect();
  try {
    const features = await readTable(db, dataset, path, encoding);
    const nClasses = dataset.task === 'classification' ? await countClasses(db) : 0;
    const nParts = nFolds === 1 ? HELD_OUT_FIFTHS : nFolds;
    const prepared: Prepared[] = [];
    const firstPart = nFolds * firstShuffle;
    for (let k = firstPart; k < firstPart + nFolds * nShuffles; k++) {
      const fold = k % nFolds;
      const shuffle = 1 + Math.floor(k / nFolds);
      const dir = join(workDir, `${dataset.name.replaceAll(/\W+/g, '-')}-${encoding}-${k}`);
      mkdirSync(dir, { recursive: true });
      const inFold = `hash(bench_row, ${shuffle}) % ${nParts} = ${fold}`;
      const train = await writePart(db, features, `not (${inFold})`, join(dir, 'train'));
      const test = await writePart(db, features, inFold, join(dir, 'test'));
      prepared.push({ task: dataset.task, nFeatures: features.length, nClasses, train, test });
    }
    return prepared;
  } finally {
    db.closeSync();
    instance.closeSync();
  }
}

/** Fills table p with the features (f0, f1, …), `bench_target` and `bench_row`; gives the names of the features. */
async function readTable(
  db: DuckDBConnection,
  dataset: BenchDataset,
  path: string,
  encoding: PrepareOptions['encoding'],
): Promise<string[]> {
  const limit = dataset.nRows === undefined ? '' : `limit ${dataset.nRows}`;
  await db.run(
    `create table t as select * from (select *, row_number() over () as bench_row from read_csv('${path}',
     nullstr=['', ' ', '?', ' ?', 'NA'])) order by hash(bench_row) ${limit}`,
  );
  if (dataset.minClassRows !== undefined) {
    const classOf = `coalesce(${dataset.target}::varchar, '')`;
    await db.run(
      `delete from t where ${classOf} in
       (select ${classOf} from t group by all having count(*) < ${dataset.minClassRows})`,
    );
  }
  const described = await db.runAndReadAll('describe t');
  const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
  const isTargetColumn = types.has(dataset.target);
  const expressions: string[] = [];
  for (const [name, type] of types) {
    if (name === 'bench_row' || name === dataset.target || dataset.drop.includes(name)) continue;
    const quoted = `"${name}"`;
    if (type === 'VARCHAR' && encoding === 'one_hot') {
      const distinct = await db.runAndReadAll(
        `select distinct ${quoted} from t where ${quoted} is not null order by 1`,
      );
      const values = distinct
        .getRows()
        .slice(0, MAX_ONE_HOT)
        .map(([value]) => String(value).replaceAll("'", "''"));
      for (const value of values) expressions.push(`coalesce(${quoted} = '${value}', false)::double`);
    } else {
      const coded =
        type === 'VARCHAR'
          ? codeOf(quoted)
          : /DATE|TIME/.test(type)
            ? `epoch(${quoted})`
            : `${quoted}::double`;
      expressions.push(`case when ${quoted} is null then 'nan'::double else ${coded} end`);
    }
  }
  const target = isTargetColumn ? `"${dataset.target}"` : dataset.target;
  const targetSql = dataset.task === 'classification' ? codeOf(target) : `${target}::double`;
  const features = expressions.map((_, j) => `f${j}`);
  const selected = expressions.map((sql, j) => `${sql} as f${j}`).join(', ');
  await db.run(`create table p as select ${selected}, ${targetSql} as bench_target, bench_row from t`);
  return features;
}

const codeOf = (sql: string): string => `(dense_rank() over (order by ${sql} nulls last) - 1)::double`;

async function countClasses(db: DuckDBConnection): Promise<number> {
  const counted = await db.runAndReadAll('select count(distinct bench_target) from p');
  return Number(counted.getRows()[0]?.[0]);
}

async function writePart(
  db: DuckDBConnection,
  features: readonly string[],
  condition: string,
  stem: string,
): Promise<PreparedPart> {
  const names = [...features, 'bench_target'].join(', ');
  const reader = await db.runAndReadAll(`select ${names} from p where ${condition} order by hash(bench_row)`);
  const columns = reader.getColumns().map((values) => Float64Array.from(values as number[]));
  const nSamples = columns[0]?.length ?? 0;
  const all = new Float64Array(nSamples * features.length);
  for (let j = 0; j < features.length; j++) all.set(columns[j] as Float64Array, j * nSamples);
  const paths = { features: `${stem}-x.f64`, target: `${stem}-y.f64` };
  writeFileSync(paths.features, all);
  writeFileSync(paths.target, columns[features.length] as Float64Array);
  return { nSamples, ...paths };
}
