import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadSettings, withSettings } from '../../src/config/load-settings.js';
import { Problem } from '../../src/errors/problem.js';
import { openBundle } from '../../src/models/bundle/open-bundle.js';
import type { ForeignModels } from '../../src/models/imports/foreign-models.service.js';
import type { ModelVersion } from '../../src/models/model-types.js';
import type { FileColumn } from '../../src/predictions/files/process/file-task-types.js';
import { TablePredictor } from '../../src/predictions/files/table-predictor.js';
import { runTask } from '../../src/processes/run-task.js';
import { TaskCanceled } from '../../src/processes/task-errors.js';
import type { ObjectStore } from '../../src/storage/object-store.js';

const BUNDLE = fileURLToPath(new URL('../fixtures/bundles/format-1-random-forest.zip', import.meta.url));
const COLUMNS: readonly FileColumn[] = [
  { name: 'id', type: 'number', integer: true },
  { name: 'job', type: 'text' },
  { name: 'age', type: 'number', integer: false },
  { name: 'hours', type: 'number', integer: true },
  { name: 'hired', type: 'date' },
  { name: 'is new', type: 'boolean' },
];

describe('tables that are predicted in a process of their own', () => {
  const settings = withSettings(loadSettings({}), { predictionFilesThreads: 2 });
  const foreign = { limits: () => ({ maxBytes: 2 ** 24 }) } as unknown as ForeignModels;
  const store = { localPath: async (key: string) => key } as unknown as ObjectStore;
  let folder: string;
  let version: ModelVersion;

  beforeAll(async () => {
    folder = await mkdtemp(join(inject('runFolder'), 'table-predictor-'));
    const { signature } = await openBundle(BUNDLE);
    version = { signature, bundleKey: BUNDLE, algorithm: 'random_forest_classifier' } as ModelVersion;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A canonical table. */
  async function table(nRows: number): Promise<string> {
    const path = join(folder, `${nRows}.parquet`);
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(
      `COPY (SELECT i::DOUBLE AS c0, ['cook', 'nurse', 'welder', NULL][i % 4 + 1] AS c1, (20 + i % 50 + 0.25)::DOUBLE AS c2,
         (i % 60)::DOUBLE AS c3, TIMESTAMP '2021-03-04 05:06:07.089' + INTERVAL (i % 900) DAY AS c4, i % 2 = 0 AS c5, 1e300 AS c6
       FROM range(${nRows}) AS rows(i)) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    return path;
  }
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'nothing',
      (error: unknown) => (error instanceof Problem ? error.code : error),
    );
  const question = async (nRows: number) => ({
    tablePath: await table(nRows),
    columns: COLUMNS,
    onRowProblem: 'keep' as const,
    outputPath: join(folder, 'predicted.parquet'),
  });
  const filesLeft = async () => (await readdir(folder)).filter((name) => name.startsWith('predicted'));

  it('keep their rows in order, with the numbers of the same rows as JSON', async () => {
    const predictor = new TablePredictor(settings, store, foreign);
    const asked = await question(5_000);
    const { columns, added, nRows, nRowsWithProblems } = await predictor.predict(version, asked);
    expect([nRows, nRowsWithProblems]).toEqual([5_000, 0]);
    const outputPath = join(folder, 'content');
    await predictor.write({
      tablePath: asked.outputPath,
      columns: columns.map((column, index) => ({ ...column, index })),
      format: 'json',
      layout: 'records',
      style: 'plain',
      outputPath,
    });
    const rows = JSON.parse(await readFile(outputPath, 'utf8'));
    const { pipeline } = await openBundle(BUNDLE);
    const inputs = rows.map(({ job, age, hours, hired }: Record<string, unknown>) => ({
      job,
      age,
      hours,
      hired,
    }));
    const { outputs, warnings } = pipeline.predictRows(inputs.slice(0, 400));
    const predictions = pipeline.decode(outputs, 400);
    expect(rows.map(({ id }: { id: number }) => id)).toEqual([...Array(5_000).keys()]);
    for (const [i, { label, probabilities }] of predictions.entries()) {
      expect(rows[i][added.prediction]).toBe(label);
      for (const { label: name, column } of added.probabilities) {
        expect(Object.is(rows[i][column], probabilities![String(name)])).toBe(true);
      }
      expect(rows[i][added.warnings]).toBe(warnings.filter(({ row }) => row === i).length);
    }
    await predictor.write({
      tablePath: await table(3),
      columns: [
        { name: 'id', type: 'number', integer: true, index: 0 },
        { name: 'is new', type: 'boolean', index: 5 },
        { name: 'huge', type: 'number', integer: true, index: 6 },
        { name: 'a', type: 'number', integer: false, index: 2 },
      ],
      format: 'csv',
      layout: 'records',
      style: 'pandas',
      outputPath,
    });
    expect((await readFile(outputPath, 'utf8')).trimEnd().split('\n')).toEqual([
      'id,is new,huge,a',
      '0,True,1e+300,20.25',
      '1,False,1e+300,21.25',
      '2,True,1e+300,22.25',
    ]);
    const sheet = predictor.write({
      tablePath: await table(70_000),
      columns: COLUMNS.map((column, index) => ({ ...column, index })),
      format: 'xls',
      layout: 'records',
      style: 'plain',
      outputPath,
    });
    expect(await codeOf(sheet)).toBe('payload_too_large');
  });

  it('are given up at their deadline, beyond their memory and when they are canceled, and leave nothing', async () => {
    const asked = await question(2_000_000);
    const inTime = new TablePredictor(
      withSettings(settings, { predictionFilesTimeoutSeconds: 1 }),
      store,
      foreign,
    );
    expect(await codeOf(inTime.predict(version, asked))).toBe('process_timed_out');
    expect(await filesLeft()).toEqual([]);
    const small = new TablePredictor(withSettings(settings, { predictionFilesMemoryMb: 60 }), store, foreign);
    expect(await codeOf(small.predict(version, asked))).toBe('payload_too_large');
    const abort = new AbortController();
    const onProgress = (phase: string) => (phase === 'predicting' ? abort.abort() : undefined);
    const canceled = new TablePredictor(settings, store, foreign).predict(version, asked, {
      signal: abort.signal,
      onProgress,
    });
    expect(await codeOf(canceled)).toBeInstanceOf(TaskCanceled);
    expect(await filesLeft()).toEqual([]);
  });

  it('are predicted by models of other programs, too', async () => {
    const path = fileURLToPath(new URL('../fixtures/models/tfjs-numbers.zip', import.meta.url));
    const limits = { timeoutMs: 60_000, memoryMb: 1024 };
    const input = { path, format: 'tfjs', choices: {}, maxBytes: 2 ** 24 } as const;
    const model = await runTask('import', input, limits);
    const names = model.signature.inputs.map(({ name }) => name);
    const tablePath = join(folder, 'foreign.parquet');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const list = names.map((_, k) => `CASE WHEN i = 7 THEN NULL ELSE i / 100 + ${k} END::DOUBLE AS c${k}`);
    await connection.run(
      `COPY (SELECT ${list} FROM range(3000) AS rows(i)) TO '${tablePath}' (FORMAT parquet)`,
    );
    connection.closeSync();
    const describing = { ...foreign, describe: async () => model } as unknown as ForeignModels;
    const predictor = new TablePredictor(settings, store, describing);
    const version = { signature: model.signature, bundleKey: path, algorithm: 'tfjs_layers' } as ModelVersion;
    const outputPath = join(folder, 'predicted.parquet');
    const columns = names.map((name): FileColumn => ({ name, type: 'number', integer: false }));
    const made = await predictor.predict(version, { tablePath, columns, onRowProblem: 'keep', outputPath });
    expect(made.nRows).toBe(3_000);
    expect(made.nRowsWithProblems).toBeLessThanOrEqual(1);
    expect(made.columns.slice(0, names.length)).toEqual(columns);
  });
});
