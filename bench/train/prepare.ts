import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
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

/**
 * Reads a data set with DuckDB and writes it as plain numbers: text as codes in the order of the alphabet, missing
 * values as NaN, every fifth row of a fixed pseudo-random order held out.
 */
export async function prepare(dataset: BenchDataset, path: string, workDir: string): Promise<Prepared> {
  const dir = join(workDir, dataset.name.replaceAll(/\W+/g, '-'));
  mkdirSync(dir, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:');
  const db = await instance.connect();
  const limit = dataset.nRows === undefined ? '' : `limit ${dataset.nRows}`;
  await db.run(
    `create table t as select * from (select *, row_number() over () as bench_row from read_csv('${path}',
     nullstr=['', '?', ' ?', 'NA'])) order by hash(bench_row) ${limit}`,
  );
  const described = await db.runAndReadAll('describe t');
  const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
  const codeOf = (sql: string, isText: boolean): string =>
    isText ? `(dense_rank() over (order by ${sql} nulls last) - 1)::double` : `${sql}::double`;
  const features = [...types.keys()].filter((name) => name !== 'bench_row' && !dataset.drop.includes(name));
  const columns = features.map((name) => {
    const quoted = `"${name}"`;
    const coded = codeOf(quoted, types.get(name) === 'VARCHAR');
    return `case when ${quoted} is null then 'nan'::double else ${coded} end as ${quoted}`;
  });
  const isClass = dataset.task === 'classification';
  const target = `${codeOf(dataset.drop.includes(dataset.target) ? `"${dataset.target}"` : dataset.target, isClass)} as bench_target`;
  await db.run(`create table p as select ${columns.join(', ')}, ${target}, bench_row from t`);
  const write = async (part: 'train' | 'test'): Promise<PreparedPart> => {
    const condition = part === 'test' ? 'hash(bench_row, 1) % 5 = 0' : 'hash(bench_row, 1) % 5 <> 0';
    const names = [...features.map((name) => `"${name}"`), 'bench_target'];
    const reader = await db.runAndReadAll(
      `select ${names.join(', ')} from p where ${condition} order by hash(bench_row)`,
    );
    const byColumn = reader.getColumns().map((values) => Float64Array.from(values as number[]));
    const nSamples = byColumn[0]?.length ?? 0;
    const all = new Float64Array(nSamples * features.length);
    for (let j = 0; j < features.length; j++) all.set(byColumn[j] as Float64Array, j * nSamples);
    const paths = { features: join(dir, `${part}-x.f64`), target: join(dir, `${part}-y.f64`) };
    writeFileSync(paths.features, all);
    writeFileSync(paths.target, byColumn[features.length] as Float64Array);
    return { nSamples, ...paths };
  };
  const train = await write('train');
  const test = await write('test');
  const classes = await db.runAndReadAll('select count(distinct bench_target) from p');
  db.closeSync();
  instance.closeSync();
  return {
    task: dataset.task,
    nFeatures: features.length,
    nClasses: isClass ? Number(classes.getRows()[0]?.[0]) : 0,
    train,
    test,
  };
}
