import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PartialSpec } from '../../../learn/pipeline/complete-spec.js';
import type { FittedPipeline } from '../../../learn/pipeline/fitted-pipeline.js';
import { makeGoldenRows } from '../../../learn/pipeline/golden-rows.js';
import type { ColumnPolicy } from '../../../learn/pipeline/spec.js';
import { Random } from '../../../learn/random.js';
import { ALGORITHMS } from '../../../learn/registry.js';
import { MIXED_TABLE, NEW_ROWS, OPTIONS, TARGETS, trainMixed } from '../testing/mixed-rows.js';
import { largestDifference } from './check-onnx.js';
import { ESTIMATOR_GRAPHS } from './estimator-graphs.js';
import { exportOnnx } from './export-onnx.js';
import { makeOnnx } from './make-onnx.js';
import { feedsFromRows } from './onnx-feeds.js';
import { loadRuntime, OnnxSession, type Runtime } from './onnx-session.js';

describe('the ONNX export', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await loadRuntime();
  });

  async function expectSame(pipeline: FittedPipeline): Promise<void> {
    const { file, outputs } = exportOnnx(pipeline, 'test 1');
    const session = await OnnxSession.open(runtime, file);
    const { outputs: expected, problems } = pipeline.predictRows(NEW_ROWS);
    expect(problems).toEqual([]);
    const feeds = feedsFromRows(pipeline.signature.inputs, NEW_ROWS);
    const found = await session.run(feeds, outputs.numbers);
    expect(largestDifference(found, [...expected])).toBeLessThanOrEqual(1e-5);
    if (outputs.label !== undefined) {
      const labels = pipeline.decode(expected, NEW_ROWS.length).map(({ label }) => label);
      expect(await session.run(feeds, outputs.label)).toEqual(labels);
    }
    await session.close();
  }

  it.each(ALGORITHMS.map(({ name, task }) => ({ name, task })))(
    '$name gives the same numbers for mixed columns, gaps and unseen categories',
    async ({ name, task }) => {
      await expectSame(await trainMixed({ algorithm: name, target: TARGETS[task], ...OPTIONS[name] }));
    },
  );

  const policies: [string, Partial<PartialSpec>][] = [
    ...(['min_max', 'std', 'robust', 'quantile_uniform', 'quantile_normal', 'power'] as const).map(
      (normalization): [string, Partial<PartialSpec>] => [normalization, { normalization }],
    ),
    ['target means', columnsOf('colour', 'town', { encoding: 'target', unseen: 'rare' })],
    ['one-hot columns', columnsOf('colour', 'town', { encoding: 'one_hot', missing: 'most_frequent' })],
    ['ordinal columns', columnsOf('colour', 'town', { encoding: 'ordinal', unseen: 'missing' })],
    ['hashed columns', columnsOf('colour', 'town', { encoding: 'hashing', nBuckets: 16 })],
    ['indicators of hashed texts', columnsOf('colour', 'town', { encoding: 'hashing', addIndicator: true })],
    ['gaps filled from the nearest rows', columnsOf('size', 'shoe size', { missing: 'knn' })],
    ['rare categories', columnsOf('town', 'town', { minFrequency: 8, unseen: 'rare' })],
    ['indicators', columnsOf('size', 'isMember', { missing: 'most_frequent', addIndicator: true })],
    ['indicators of texts', columnsOf('colour', 'colour', { addIndicator: true, unseen: 'missing' })],
    [
      'all parts of dates',
      columnsOf('born', 'born', {
        dateParts: ['epoch_days', 'year', 'quarter', 'month', 'day', 'day_of_year', 'weekday', 'hour'],
        missing: 'median',
        addIndicator: true,
      }),
    ],
  ];
  it.each(policies)('gives the same numbers with %s', async (_name, options) => {
    await expectSame(await trainMixed({ algorithm: 'logistic_regression', target: 'label', ...options }));
    await expectSame(await trainMixed({ algorithm: 'svr', target: 'value', ...options }));
  });

  it('gives labels in their own type', async () => {
    await expectSame(await trainMixed({ algorithm: 'gaussian_nb', target: 'isHigh' }));
    await expectSame(await trainMixed({ algorithm: 'gaussian_nb', target: 'shoe size' }));
  });

  it('has NaN where the service refuses a row', async () => {
    const columns = {
      ...columnsOf('colour', 'colour', { unseen: 'error' }).columns,
      size: { missing: 'error' },
    };
    const pipeline = await trainMixed({ algorithm: 'linear_regression', target: 'value', columns });
    const session = await OnnxSession.open(runtime, exportOnnx(pipeline, 'test 1').file);
    const found = await session.run(feedsFromRows(pipeline.signature.inputs, NEW_ROWS), 'value');
    const refused = new Set(pipeline.predictRows(NEW_ROWS).problems.map(({ row }) => row));
    expect(refused.size).toBeGreaterThan(1);
    expect(found.map(Number.isNaN)).toEqual(NEW_ROWS.map((_, row) => refused.has(row)));
    await session.close();
  });

  it('has equal bytes for equal pipelines', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => trainMixed({ algorithm: 'decision_tree_classifier', target: 'label' })),
    );
    expect(exportOnnx(first!, 'test 1').file).toEqual(exportOnnx(second!, 'test 1').file);
  });
});

describe('the guide to exports', () => {
  const guide = readFileSync(new URL('../../../../docs/guide/exports.md', import.meta.url), 'utf8');
  it.each(ALGORITHMS.map(({ name }) => name))('says how %s is written in ONNX', (name) => {
    expect(Object.hasOwn(ESTIMATOR_GRAPHS, name)).toBe(true);
    expect(guide).toContain(`\`${name}\``);
  });
});

describe('whether a bundle has an ONNX model', () => {
  const limits = { producer: 'test 1', maxBytes: 2 ** 20, loadRuntime };
  const noteOf = async (pipeline: FittedPipeline, options = {}) => {
    const golden = makeGoldenRows(pipeline, new Random(1));
    return makeOnnx(pipeline, golden, MIXED_TABLE, { ...limits, ...options });
  };

  it('says how it was compared', async () => {
    const pipeline = await trainMixed({ algorithm: 'decision_tree_regressor', target: 'value' });
    const { file, note, comparison } = await noteOf(pipeline);
    expect(file?.length).toBeGreaterThan(1000);
    expect(note).toMatchObject({ included: true, outputs: { numbers: 'value' }, nRowsCompared: 220 });
    expect(comparison?.maxDifference).toBeLessThan(1e-6);
  });

  it.each<[RegExp, Partial<PartialSpec>, object]>([
    [/not asked for/, {}, { maxBytes: 0 }],
    [/would have about 0.0 MiB/, {}, { maxBytes: 1000 }],
    [/could not open/, {}, { loadRuntime: () => Promise.reject(new Error('no such library')) }],
  ])('says why not: %s', async (reason, options, changes) => {
    const pipeline = await trainMixed({ algorithm: 'ridge', target: 'value', ...options });
    const { file, note } = await noteOf(pipeline, changes);
    expect(file).toBeNull();
    expect(note).toEqual({ included: false, reason: expect.stringMatching(reason) });
  });

  it('leaves out a model that gives other numbers, with the figure', async () => {
    const pipeline = await trainMixed({ algorithm: 'ridge', target: 'value' });
    const { rows, outputs } = makeGoldenRows(pipeline, new Random(1));
    const golden = { rows, outputs: outputs.map(([value = 0]) => [value * 1.01]) };
    const { file, note } = await makeOnnx(pipeline, golden, MIXED_TABLE, limits);
    expect(file).toBeNull();
    expect(note['reason']).toMatch(/differed by 9\.9e-3/);
  });
});

/** One policy for one or two columns. */
function columnsOf(
  first: string,
  second: string,
  policy: ColumnPolicy,
): { columns: Record<string, ColumnPolicy> } {
  return { columns: { [first]: policy, [second]: policy } };
}
