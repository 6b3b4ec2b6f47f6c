import { describe, expect, it } from 'vitest';
import { LearnError } from '../errors.js';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import type { ParameterValue } from '../parameters.js';
import { findAlgorithm } from '../registry.js';
import { validateParameters } from '../validate-parameters.js';
import type { PipelineSpec } from './spec.js';
import { type Cell, columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

const regression = toyAlgorithm('regression');
const classification = toyAlgorithm('classification');

const forty = <T>(cell: (i: number) => T): T[] => Array.from({ length: 40 }, (_, i) => cell(i));
const x = columnFrom(
  'x',
  'number',
  forty((i) => i),
);

async function classify(cells: readonly Cell[], type: 'number' | 'text' | 'boolean' | 'date' = 'text') {
  const table = tableFrom([x, columnFrom('y', type, cells)]);
  return trainPipeline(table, toySpec(classification), toyContext(classification));
}

describe('trainPipeline', () => {
  it.each([
    ['text', ['no', 'yes']],
    ['number', [3, 10]],
    ['boolean', [false, true]],
    ['date', ['2024-01-01', '2024-06-01T12:00:00.000Z']],
  ] as const)('gives %s labels back as they were', async (type, classes) => {
    const { pipeline } = await classify(
      forty((i) => classes[i % 2] as Cell),
      type,
    );
    expect(pipeline.signature.target).toEqual({ name: 'y', type, classes });
    const { outputs } = pipeline.predictRows([{ x: 1000 }, { x: -1000 }]);
    const [high, low] = pipeline.decode(outputs, 2);
    expect([high?.label, low?.label]).toEqual([classes[1], classes[0]]);
    expect(Object.keys(high?.probabilities ?? {}).sort()).toEqual(classes.map(String).sort());
  });

  it.each([
    ['constant_target', forty(() => 'a')],
    ['target_all_unique', forty((i) => `id ${i}`)],
    ['missing_target_values', forty(() => null)],
  ])('refuses with %s', async (code, cells) => {
    await expect(classify(cells)).rejects.toMatchObject({ code, place: { column: 'y' } });
  });

  it('leaves out rows without a target and keeps lonely classes for training', async () => {
    const cells = forty((i) => (i < 3 ? null : i === 3 ? 'lonely' : i % 2 === 0 ? 'a' : 'b'));
    const { report, warnings } = await classify(cells);
    expect(report['nRows']).toEqual({ table: 40, used: 37, training: 28, heldOut: 9, evaluated: 9 });
    expect(warnings.join(' ')).toMatch(/3 rows without a value in the target.*1 class has one row/);
  });

  it('refuses a regression of text, and too few rows', async () => {
    const run = (y: ReturnType<typeof columnFrom>, some = x) =>
      trainPipeline(tableFrom([some, y]), toySpec(regression), toyContext(regression));
    await expect(run(columnFrom('y', 'text', forty(String)))).rejects.toMatchObject({
      code: 'target_not_numeric',
    });
    const two = columnFrom('x', 'number', [1, 2]);
    await expect(run(columnFrom('y', 'number', [1, 2]), two)).rejects.toMatchObject({
      code: 'not_enough_rows',
    });
  });

  it('drops empty and constant columns, unless they have a policy', async () => {
    const y = columnFrom(
      'y',
      'number',
      forty((i) => i % 7),
    );
    const empty = columnFrom(
      'empty',
      'text',
      forty(() => null),
    );
    const same = columnFrom(
      'same',
      'number',
      forty(() => 4),
    );
    const id = columnFrom(
      'id',
      'text',
      forty((i) => `person ${i}`),
    );
    const run = (columns: PipelineSpec['columns'], dropColumns: string[] = []) =>
      trainPipeline(
        tableFrom([x, empty, same, id, y]),
        toySpec(regression, { columns, dropColumns, normalization: 'std' }),
        toyContext(regression),
      );
    const { pipeline, report, warnings } = await run({});
    expect(pipeline.signature.inputs.map(({ name }) => name)).toEqual(['x', 'id']);
    expect(pipeline.signature.ignored).toEqual(['y', 'empty', 'same']);
    expect(report['columns']).toMatchObject({
      dropped: [
        { name: 'y', reason: 'target' },
        { name: 'empty', reason: 'all_missing' },
        { name: 'same', reason: 'constant' },
      ],
    });
    expect(warnings.some((warning) => warning.includes('"id"') && warning.includes('id.'))).toBe(true);
    await expect(run({ empty: { missing: 'native' } })).rejects.toMatchObject({ code: 'column_all_missing' });
    const kept = await run({ same: { missing: 'mean' } });
    expect(kept.pipeline.predictRows([{ x: 1, same: 4, id: 'person 1' }]).problems).toEqual([]);
    await expect(run({}, ['x', 'id'])).rejects.toMatchObject({ code: 'no_usable_columns' });
  });

  it('overrides types, leaves out rows that a policy refuses, and says so', async () => {
    const y = columnFrom(
      'y',
      'number',
      forty((i) => i % 7),
    );
    const zip = columnFrom(
      'zip',
      'number',
      forty((i) => (i % 4) * 1000),
    );
    const amount = columnFrom(
      'amount',
      'text',
      forty((i) => (i === 0 ? 'n/a' : i === 1 ? null : `${i}.5`)),
    );
    const { pipeline, report, warnings } = await trainPipeline(
      tableFrom([zip, amount, y]),
      toySpec(regression, {
        columns: { zip: { type: 'text' }, amount: { type: 'number', missing: 'error' } },
      }),
      toyContext(regression),
    );
    expect(pipeline.features.map(({ name }) => name)).toEqual([
      'zip=0',
      'zip=1000',
      'zip=2000',
      'zip=3000',
      'amount',
    ]);
    expect(pipeline.signature.inputs[1]).toMatchObject({ type: 'number', nullable: false });
    expect(report['nRows']).toMatchObject({ table: 40, used: 38 });
    expect(warnings.join(' ')).toMatch(
      /1 values of column "amount".*2 rows without a value in column "amount"/,
    );
    expect(pipeline.predictTable(tableFrom([amount, zip]), Uint32Array.of(5, 6))).toHaveLength(2);
    expect(() => pipeline.predictTable(tableFrom([amount, zip]))).toThrowError(
      expect.objectContaining({
        code: 'missing_value',
        place: expect.objectContaining({ row: expect.any(Number) }),
      }),
    );
  });

  it.each([
    ['a lasso of too high a price', 'lasso', { alpha: 100 }],
    ['leaves of more rows than there are', 'hist_gradient_boosting_regressor', {}],
    ['a tree of one leaf', 'decision_tree_regressor', { minSamplesLeaf: 30 }],
  ])('says so when no column has a say: %s', async (_, name, sent) => {
    const algorithm = findAlgorithm(name);
    const y = columnFrom(
      'y',
      'number',
      forty((i) => i % 7),
    );
    const run = async (parameters: Record<string, ParameterValue>) => {
      const spec = toySpec(algorithm, { parameters: validateParameters(algorithm, parameters).values });
      const context = { ...toyContext(algorithm), threads: createThreadPool({ size: 1 }) };
      return (await trainPipeline(tableFrom([x, y]), spec, context)).warnings.join(' ');
    };
    expect(await run(sent)).toContain('No column has a say');
    expect(await run({ ...sent, ...(name === 'lasso' ? { alpha: 0.01 } : { minSamplesLeaf: 2 }) })).toBe('');
  });

  it.each([
    ['a feature', 'multinomial_nb', {}, 'x'],
    ['the target', 'hist_gradient_boosting_regressor', { loss: 'poisson' }, 'y'],
  ])('places what the fit refuses in the table: %s', async (_, name, sent, column) => {
    const algorithm = findAlgorithm(name);
    const odd = forty((i) => (i >= 36 ? -1 : i % 5));
    const table = tableFrom([
      columnFrom('x', 'number', column === 'x' ? odd : forty((i) => i % 4)),
      columnFrom('y', 'number', column === 'y' ? odd : forty((i) => i % 2)),
    ]);
    const spec = toySpec(algorithm, { parameters: validateParameters(algorithm, sent).values });
    const context = { ...toyContext(algorithm), threads: createThreadPool({ size: 1 }) };
    const error: unknown = await trainPipeline(table, spec, context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ place: { column } });
    // Among the thirty rows that were fitted there is no such number.
    expect((error as LearnError).place.row).toBeGreaterThanOrEqual(36);
  });

  it('names the row of the table whose prediction is no number', async () => {
    const columns = (z: (i: number) => number) => [
      x,
      columnFrom('z', 'number', forty(z)),
      columnFrom(
        'y',
        'number',
        forty((i) => i % 7),
      ),
    ];
    const known = tableFrom(columns((i) => i % 3));
    const { pipeline } = await trainPipeline(known, toySpec(regression), toyContext(regression));
    const wild = tableFrom(columns((i) => (i === 7 ? 1.7e308 : 1)));
    expect(() => pipeline.predictTable(wild, Uint32Array.of(5, 7))).toThrowError(
      expect.objectContaining({ code: 'numerical_failure', place: { row: 7 } }),
    );
  });

  it('scores clusters against known groups, on the training rows when none are held out', async () => {
    const clustering = toyAlgorithm('clustering');
    const groups = columnFrom(
      'y',
      'text',
      forty((i) => (i === 5 ? null : i % 2 === 0 ? 'even' : 'odd')),
    );
    const spec = toySpec(clustering, { testShare: 0 });
    const { report, pipeline } = await trainPipeline(tableFrom([x, groups]), spec, toyContext(clustering));
    expect(report['nRows']).toEqual({ table: 40, used: 40, training: 40, heldOut: 0, evaluated: 40 });
    expect(report['evaluation']).toMatchObject({ nSamples: 40 });
    expect(pipeline.decode(pipeline.predictRows([{ x: 3 }]).outputs, 1)[0]).toHaveProperty('cluster');
  });

  it('reports phases in order, measures them, and stops when canceled', async () => {
    const table = tableFrom([
      x,
      columnFrom(
        'y',
        'number',
        forty((i) => i % 7),
      ),
    ]);
    const phases: string[] = [];
    let nowMs = 0;
    const context = {
      ...toyContext(regression),
      onProgress: (phase: string) => phases.push(phase),
      nowMs: () => (nowMs += 500),
    };
    const { report } = await trainPipeline(table, toySpec(regression), context);
    expect([...new Set(phases)]).toEqual(['encoding', 'scaling', 'fitting', 'evaluating']);
    expect(report['seconds']).toEqual({ encoding: 0.5, scaling: 0.5, fitting: 0.5, evaluating: 0.5 });
    const canceled = { ...toyContext(regression), isCanceled: () => phases.length > 0 };
    await expect(trainPipeline(table, toySpec(regression), canceled)).rejects.toMatchObject({
      code: 'canceled',
    });
  });
});
