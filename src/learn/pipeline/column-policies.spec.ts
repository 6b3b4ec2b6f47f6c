import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { estimateTrainingBytes } from './estimate-bytes.js';
import { makeGoldenRows, replayGoldenRows } from './golden-rows.js';
import { type PipelineParts, pipelineFromParts, pipelineToParts } from './pipeline-parts.js';
import type { PipelineSpec } from './spec.js';
import { type Cell, columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

const regression = toyAlgorithm('regression');
const forty = <T>(cell: (i: number) => T): T[] => Array.from({ length: 40 }, (_, i) => cell(i));
const number = (name: string, cells: readonly Cell[]) => columnFrom(name, 'number', cells);
const x = number(
  'x',
  forty((i) => (i % 5 === 0 ? null : i)),
);
const city = columnFrom(
  'city',
  'text',
  forty((i) => (i % 7 === 0 ? null : `c${i % 6}`)),
);
const y = number(
  'y',
  forty((i) => (i * 7) % 11),
);
const table = tableFrom([x, city, y]);

function train(overrides: Partial<PipelineSpec>, chosen = regression, data = table) {
  return trainPipeline(data, toySpec(chosen, overrides), toyContext(chosen));
}

const everything: PipelineSpec['columns'] = {
  x: { missing: 'knn', addIndicator: true },
  city: { encoding: 'target', addIndicator: true },
};

describe('the policies of columns', () => {
  it('become steps of the bundle only where they are used', async () => {
    const plain = pipelineToParts((await train({})).pipeline);
    expect(plain.config).not.toHaveProperty('missing_indicators');
    expect(plain.config).not.toHaveProperty('neighbor_imputer');
    const { pipeline, report } = await train({ columns: everything, normalization: 'quantile_normal' });
    const { config, tensors } = pipelineToParts(pipeline);
    expect(config['steps']).toContain('missing_indicators');
    expect(config['steps']).toContain('neighbor_imputer');
    expect(config['missing_indicators']).toEqual({ columns: ['x', 'city'] });
    expect(Object.keys(tensors)).toEqual(
      expect.arrayContaining(['label_encoders.target_means.1', 'neighbor_imputer.donors']),
    );
    expect(pipeline.features.map(({ name }) => name)).toEqual([
      'x',
      'x is missing',
      'city.target',
      'city is missing',
    ]);
    expect(report['columns']).toMatchObject({
      used: [
        { missing: 'knn', indicator: true },
        { encoding: 'target', unseen: 'rare', indicator: true },
      ],
    });
    expect(pipeline.predictRows([{ x: null, city: 'nowhere' }]).warnings.map(({ code }) => code)).toEqual([
      'imputed',
      'unseen_category',
    ]);
  });

  it.each<[string, (parts: PipelineParts) => void]>([
    ['an indicator of nothing', ({ config }) => (config['missing_indicators'] = { columns: ['y'] })],
    ['no indicators', ({ config }) => (config['missing_indicators'] = { columns: [] })],
    ['steps in another order', ({ config }) => (config['steps'] as string[]).reverse()],
    ['a step twice', ({ config }) => (config['steps'] as string[]).push('model')],
    ['no neighbours', ({ config }) => delete config['neighbor_imputer']],
    ['no donors', ({ tensors }) => delete (tensors as Record<string, unknown>)['neighbor_imputer.donors']],
    [
      'no target means',
      ({ tensors }) => delete (tensors as Record<string, unknown>)['label_encoders.target_means.1'],
    ],
  ])('refuses %s', async (_, damage) => {
    const { signature, config, tensors } = pipelineToParts((await train({ columns: everything })).pipeline);
    const copy = { signature, config: structuredClone(config), tensors: { ...tensors } };
    expect(() => pipelineFromParts(copy, () => regression)).not.toThrow();
    damage(copy);
    expect(() => pipelineFromParts(copy, () => regression)).toThrowError(
      expect.objectContaining({ code: 'invalid_state' }),
    );
  });

  it('refuses what the algorithm or the task does not take, also in a raw spec', async () => {
    const picky = toyAlgorithm('regression', { missing: 'impute' });
    const refused: PipelineSpec['columns'][] = [
      { x: { missing: 'native' } },
      { city: { encoding: 'ordinal', missing: 'native' } },
    ];
    for (const columns of refused) {
      await expect(train({ columns }, picky)).rejects.toMatchObject({
        code: 'invalid_parameters',
        place: { column: Object.keys(columns)[0] },
      });
    }
    await expect(train({ columns: { city: { missing: 'native' } } }, picky)).resolves.toBeDefined();
    const clustering = toyAlgorithm('clustering');
    await expect(
      train({ target: null, columns: { city: { encoding: 'target' } } }, clustering),
    ).rejects.toMatchObject({ code: 'invalid_parameters' });
  });

  it('says that an indicator of nothing was not added', async () => {
    const { pipeline, warnings } = await train(
      { columns: { full: { addIndicator: true } } },
      regression,
      tableFrom([
        number(
          'full',
          forty((i) => i),
        ),
        y,
      ]),
    );
    expect(pipeline.features).toHaveLength(1);
    expect(warnings.join()).toMatch(/"full" has no missing value.*no indicator/);
  });

  it('counts the features of every encoding before a training is accepted', () => {
    const columns = [
      { name: 'x', type: 'number' as const, distinctCount: 40 },
      { name: 'city', type: 'text' as const, distinctCount: 400 },
      { name: 'y', type: 'number' as const, distinctCount: 11 },
    ];
    const bytes = (policy: PipelineSpec['columns'][string]): number =>
      estimateTrainingBytes(
        { nRows: 1e6, columns },
        toySpec(regression, { columns: { city: policy } }),
        () => regression,
      );
    const order = [
      bytes({ encoding: 'target' }),
      bytes({ encoding: 'target', addIndicator: true }),
      bytes({ encoding: 'one_hot', maxCategories: 10 }),
      bytes({ encoding: 'hashing' }),
      bytes({ encoding: 'one_hot' }),
    ];
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
  });
});

describe('odd numbers', () => {
  it('takes integers beyond 2^53 as the nearest double, keeps the gaps, and warns', async () => {
    const ids = number(
      'id',
      forty((i) => (i % 4 === 0 ? null : 2 ** 53 + 2 * i)),
    );
    const { pipeline, warnings } = await train({}, regression, tableFrom([x, ids, y]));
    expect(warnings.join()).toMatch(/"id" has whole numbers beyond 2\^53/);
    expect(warnings.join()).not.toContain('"x"');
    const rows = ['9007199254740993', '9007199254740992', 'null'].map(
      (id) => JSON.parse(`{"x": 1, "id": ${id}}`) as unknown,
    );
    const { outputs, problems } = pipeline.predictRows(rows);
    expect(problems).toEqual([]);
    expect(outputs[0]).toBe(outputs[1]);
    expect(outputs[2]).not.toBe(outputs[1]);
    const measured = number('m', forty((i) => 2 ** 60 * (i + 1) + 0.5).with(0, 0.5));
    expect((await train({}, regression, tableFrom([x, measured, y]))).warnings.join()).not.toContain('"m"');
  });

  it.each(['none', 'min_max', 'std', 'robust', 'quantile_uniform', 'quantile_normal', 'power'] as const)(
    'near the largest double, %s gives finite numbers or a numerical failure',
    async (normalization) => {
      const wild = number(
        'wild',
        forty((i) => (i % 2 === 0 ? 1.7e308 : -1.6e308 + i)),
      );
      try {
        const { pipeline, report } = await train({ normalization }, regression, tableFrom([x, wild, y]));
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
        const golden = makeGoldenRows(pipeline, new Random(1));
        expect(replayGoldenRows(pipeline, JSON.parse(JSON.stringify(golden)))).toEqual([]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'numerical_failure' });
      }
    },
  );

  it('refuses targets of which no square is a number, and scores those below', async () => {
    const wild = (size: number) =>
      number(
        'y',
        forty((i) => (i % 2 === 0 ? size : -size)),
      );
    await expect(train({}, regression, tableFrom([x, city, wild(1.7e308)]))).rejects.toMatchObject({
      code: 'numerical_failure',
      place: { column: 'y', row: 0 },
    });
    const { report } = await train({}, regression, tableFrom([x, city, wild(1e150)]));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('takes 10,000 categories in every encoding', async () => {
    const n = 20_000;
    const many = columnFrom(
      't',
      'number',
      Array.from({ length: n }, (_, i) => i % 10_000),
    );
    const target = number(
      'y',
      Array.from({ length: n }, (_, i) => i % 13),
    );
    for (const encoding of ['ordinal', 'target', 'hashing', 'one_hot'] as const) {
      const { pipeline } = await train(
        {
          columns: {
            t: { type: 'text', encoding, ...(encoding === 'one_hot' ? { maxCategories: 50 } : {}) },
          },
        },
        regression,
        tableFrom([many, target]),
      );
      const nFeatures = { ordinal: 1, target: 1, hashing: 64, one_hot: 50 }[encoding];
      expect(pipeline.features).toHaveLength(nFeatures);
      expect(pipeline.predictRows([{ t: '7' }, { t: '123456' }]).problems).toEqual([]);
    }
  }, 20_000);
});
