/**
 * What every algorithm of the registry must hold to, whatever it computes. A new algorithm is tested here by being in
 * the registry; where it cannot hold to something, its notes say so with the reason.
 */
import { describe, expect, it } from 'vitest';
import { LearnError } from './errors.js';
import type { Algorithm, Predictor, TrainingData } from './estimator.js';
import { createCancelFlag } from './parallel/cancel-flag.js';
import { createThreadPool } from './parallel/create-thread-pool.js';
import type { ParameterValue } from './parameters.js';
import { Random } from './random.js';
import { ALGORITHMS } from './registry.js';
import type { TensorArray } from './tensor.js';
import {
  bytesOf,
  dataOf,
  expectClose,
  makeCounts,
  makeNumbers,
  otherType,
  predict,
  refusal,
  reread,
  takeTarget,
} from './testing/conformance-data.js';
import { validateParameters } from './validate-parameters.js';

interface Notes {
  /** Other than the defaults, to keep the battery fast or to make small data enough. */
  readonly options?: Readonly<Record<string, ParameterValue>>;
  /** What features may be, where not any number. */
  readonly features?: 'counts';
  /** How many rows the comparison of threads takes, where many would take long. Default 20,000. */
  readonly nRowsForThreads?: number;
  /** Why a row of weight 2 is not a row that is there twice. */
  readonly weightIsNoRepetition?: string;
  /** Why a row of weight 0 leaves a trace. */
  readonly weightlessIsSeen?: string;
}

const bootstrapped: Notes = {
  options: { nEstimators: 4, maxDepth: 6 },
  weightIsNoRepetition: 'twice as many rows make other bootstrap samples',
};
const randomSplits: Notes = {
  options: { nEstimators: 4, maxDepth: 6 },
  weightIsNoRepetition: 'equally good random splits are told apart by the last bits of sums in another order',
};
// The default minSamplesLeaf counts rows, not weights.
const boosted: Notes = { options: { maxIter: 10, minSamplesLeaf: 1 } };
const neighbors: Notes = {
  weightIsNoRepetition: 'a repeated row takes two of the k places, a heavy one takes one that counts more',
};
const byBatches: Notes = {
  options: { hiddenLayerSizes: [6], maxIter: 8 },
  weightIsNoRepetition: 'batches are cut by number of rows',
};
const byTolerance: Notes = { options: { tol: 1e-9, maxIter: 100_000 }, nRowsForThreads: 300 };
// The default gamma depends on the variance of the rows, which repeated rows change and weights do not.
const withKernel: Notes = { options: { ...byTolerance.options, gamma: 0.5 }, nRowsForThreads: 300 };
const counts: Notes = { features: 'counts' };
const NOTES: Readonly<Record<string, Notes>> = {
  random_forest_classifier: bootstrapped,
  random_forest_regressor: bootstrapped,
  extra_trees_classifier: randomSplits,
  extra_trees_regressor: randomSplits,
  hist_gradient_boosting_classifier: boosted,
  hist_gradient_boosting_regressor: boosted,
  k_neighbors_classifier: neighbors,
  k_neighbors_regressor: neighbors,
  linear_svc: byTolerance,
  linear_svr: byTolerance,
  svc: withKernel,
  svr: withKernel,
  mlp_classifier: byBatches,
  mlp_regressor: byBatches,
  multinomial_nb: counts,
  categorical_nb: {
    ...counts,
    weightlessIsSeen: 'what a row of any weight has is a possible category, as in scikit-learn',
  },
  k_means: { options: { nClusters: 3 }, weightIsNoRepetition: 'the first centres are drawn by row number' },
};

async function learn(algorithm: Algorithm, data: TrainingData, nThreads = 1): Promise<Predictor> {
  const { values, problems } = validateParameters(algorithm, NOTES[algorithm.name]?.options ?? {});
  expect(problems).toEqual([]);
  const threads = createThreadPool({ size: nThreads });
  try {
    return await algorithm.fit(data, values, { random: new Random(7), threads, checkpoint: () => {} });
  } finally {
    await threads.close();
  }
}

it('has an algorithm in each row, named once', () => {
  expect(new Set(ALGORITHMS.map(({ name }) => name)).size).toBe(ALGORITHMS.length);
  expect(
    Object.keys(NOTES).filter((name) => !ALGORITHMS.some((algorithm) => algorithm.name === name)),
  ).toEqual([]);
});

describe.each(ALGORITHMS)('$name', (algorithm) => {
  const notes = NOTES[algorithm.name] ?? {};
  const makeRows = notes.features === 'counts' ? makeCounts : makeNumbers;
  const rows = makeRows(48, 3);
  const queries = makeRows(17, 3, 2);

  it('accepts its own defaults, each parameter named once', () => {
    const names = algorithm.parameters.map(({ name }) => name);
    const defaults = Object.fromEntries(
      algorithm.parameters.map((parameter) => [parameter.name, parameter.default]),
    );
    expect(validateParameters(algorithm, defaults)).toEqual({ values: defaults, problems: [] });
    expect(new Set(names).size).toBe(names.length);
  });

  it('estimates memory above 0, and more for more data', () => {
    const options = validateParameters(algorithm, {}).values;
    const estimate = (nSamples: number, nFeatures: number, nClasses: number): number =>
      algorithm.estimateFitBytes({ nSamples, nFeatures, nClasses }, options);
    const base = estimate(1000, 10, 3);
    expect(base).toBeGreaterThan(0);
    expect(estimate(1, 1, 0)).toBeGreaterThan(0);
    expect(estimate(10_000, 10, 3)).toBeGreaterThan(base);
    expect(estimate(1000, 100, 3)).toBeGreaterThan(base);
    expect(estimate(1000, 10, 30)).toBeGreaterThanOrEqual(base);
  });

  it('predicts a row from that row alone, and always the same', async () => {
    const predictor = await learn(algorithm, dataOf(algorithm, rows));
    const all = predict(predictor, queries);
    expect(all.flat().every(Number.isFinite)).toBe(true);
    expect(predict(predictor, queries.slice(5, 9))).toEqual(all.slice(5, 9));
    expect(predict(predictor, queries.toReversed())).toEqual(all.toReversed());
    expect(queries.map((row) => predict(predictor, [row])[0])).toEqual(all);
  });

  it('keeps to its declared outputs', async () => {
    const predictor = await learn(algorithm, dataOf(algorithm, rows));
    expect(predictor.nFeatures).toBe(3);
    expect(predictor.nOutputs).toBe(algorithm.task === 'classification' ? 3 : 1);
    for (const outputs of predict(predictor, queries)) {
      if (predictor.outputKind === 'cluster') expect(Number.isInteger(outputs[0])).toBe(true);
      if (predictor.outputKind !== 'probabilities') continue;
      expect(outputs.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      for (const p of outputs) expect(p >= 0 && p <= 1).toBe(true);
    }
    for (const share of predictor.featureImportances ?? []) expect(share).toBeGreaterThanOrEqual(0);
  });

  it('changes none of its inputs', async () => {
    const data = { ...dataOf(algorithm, rows), sampleWeight: new Float64Array(rows.length).fill(0.5) };
    const before = structuredClone(data);
    const predictor = await learn(algorithm, data);
    expect(data).toEqual(before);
    const sent = Float64Array.from(queries.flat());
    predictor.predictInto(sent, queries.length, new Float64Array(queries.length * predictor.nOutputs));
    expect([...sent]).toEqual(queries.flat());
  });

  it('forgets what it learned before, and is the same for a seed', async () => {
    const first = await learn(algorithm, dataOf(algorithm, rows));
    const answers = predict(first, queries);
    const bytes = bytesOf(first.toState());
    await learn(algorithm, dataOf(algorithm, makeRows(30, 3, 9)));
    expect(bytesOf((await learn(algorithm, dataOf(algorithm, rows))).toState())).toEqual(bytes);
    expect(predict(first, queries)).toEqual(answers);
  });

  it.each([
    ['one row', makeRows(1, 3), makeRows(3, 3)],
    ['one feature', makeRows(20, 1), makeRows(3, 1)],
    [
      'a constant column',
      rows.map((row) => [row[0] as number, 4]),
      [
        [0, 4],
        [1, 4],
        [1, 5],
      ],
    ],
    ['equal rows', rows.map(() => [1, 2]), [[1, 2]]],
    ['huge values', rows.map((row) => row.map((value) => value * 1e100)), [[1e100, 0, -1e100]]],
  ])('takes %s, or refuses with a code', async (_, known, asked) => {
    const data = dataOf(algorithm, known, known.length === rows.length ? rows : known);
    let predictor: Predictor | undefined;
    const code = await refusal(async () => {
      predictor = await learn(algorithm, data);
    });
    if (predictor === undefined)
      expect(['not_enough_rows', 'numerical_failure', 'feature_out_of_domain']).toContain(code);
    else expect(predict(predictor, asked).flat().every(Number.isFinite)).toBe(true);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'takes or refuses %d as declared',
    async (odd) => {
      const known = rows.map((row, i) => (i === 4 ? [row[0] as number, odd, row[2] as number] : row));
      const data = dataOf(algorithm, known, rows);
      if (algorithm.input.missing === 'impute') {
        const error: unknown = await learn(algorithm, data).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'not_finite', place: { column: 'x1', row: 4 } });
      } else {
        const predictor = await learn(algorithm, data);
        expect(
          predict(predictor, [...queries, [0, odd, 0]])
            .flat()
            .every(Number.isFinite),
        ).toBe(true);
      }
    },
  );

  it('takes weights of 1 for none', async () => {
    const data = dataOf(algorithm, rows);
    const weighted = await learn(algorithm, { ...data, sampleWeight: new Float64Array(rows.length).fill(1) });
    expectClose(predict(weighted, queries), predict(await learn(algorithm, data), queries), 1e-12);
  });

  it('refuses rows that all weigh nothing', async () => {
    const sampleWeight = new Float64Array(rows.length);
    const code = await refusal(() => learn(algorithm, { ...dataOf(algorithm, rows), sampleWeight }));
    expect(['not_enough_rows', 'invalid_parameters']).toContain(code);
  });

  it('stays finite where rows weigh nothing', async () => {
    const sampleWeight = Float64Array.from(rows, (_, i) => (i % 3 === 0 ? 0 : 1));
    const predictor = await learn(algorithm, { ...dataOf(algorithm, rows), sampleWeight });
    expect(predict(predictor, queries).flat().every(Number.isFinite)).toBe(true);
  });

  if (notes.weightIsNoRepetition === undefined && notes.weightlessIsSeen === undefined) {
    it('takes a row of weight 0 for none', async () => {
      const whole = dataOf(algorithm, rows);
      const sampleWeight = Float64Array.from(rows, (_, i) => (i % 5 === 0 ? 0 : 1));
      const chosen = [...rows.keys()].filter((i) => i % 5 !== 0);
      const fewer = dataOf(
        algorithm,
        chosen.map((i) => rows[i] as number[]),
      );
      const weighted = await learn(algorithm, { ...whole, sampleWeight });
      const without = await learn(algorithm, { ...fewer, y: takeTarget(whole.y, chosen) });
      expectClose(predict(weighted, queries), predict(without, queries), 1e-6);
    });
  }

  if (notes.weightIsNoRepetition === undefined) {
    it('takes a row of weight 2 for that row twice', async () => {
      const sampleWeight = Float64Array.from(rows, (_, i) => 1 + (i % 2));
      const weighted = await learn(algorithm, { ...dataOf(algorithm, rows), sampleWeight });
      const whole = dataOf(algorithm, rows);
      const chosen = [...rows.keys()].flatMap((i) => (i % 2 === 0 ? [i] : [i, i]));
      const repeated = dataOf(
        algorithm,
        chosen.map((i) => rows[i] as number[]),
      );
      const y = takeTarget(whole.y, chosen);
      // The same minimum, found over sums in another order.
      expectClose(
        predict(weighted, queries),
        predict(await learn(algorithm, { ...repeated, y }), queries),
        1e-6,
      );
    });
  }

  it('comes back from its state, to the bit', async () => {
    const predictor = await learn(algorithm, dataOf(algorithm, rows));
    const state = predictor.toState();
    const restored = algorithm.restore(reread(state));
    expect(predict(restored, queries)).toEqual(predict(predictor, queries));
    expect(bytesOf(restored.toState())).toEqual(bytesOf(state));
    const { nFeatures, nOutputs, outputKind } = predictor;
    expect(restored).toMatchObject({ nFeatures, nOutputs, outputKind });
  });

  it('refuses a damaged state', async () => {
    const state = (await learn(algorithm, dataOf(algorithm, rows))).toState();
    for (const [name, tensor] of Object.entries(state.tensors)) {
      const { [name]: _, ...others } = state.tensors;
      const short = { shape: tensor.shape, data: tensor.data.slice(1) as TensorArray };
      const other = { shape: tensor.shape, data: otherType(tensor.data) };
      const isEmpty = tensor.data.length === 0;
      const damaged = isEmpty
        ? [others]
        : [others, { ...others, [name]: short }, { ...others, [name]: other }];
      for (const tensors of damaged) {
        expect(await refusal(() => algorithm.restore({ config: state.config, tensors })), name).toBe(
          'invalid_state',
        );
      }
    }
    expect(await refusal(() => algorithm.restore({ config: state.config, tensors: {} }))).toBe(
      'invalid_state',
    );
  });

  it('gives equal bytes with 1, 2 and 4 threads', async () => {
    const data = dataOf(algorithm, makeRows(notes.nRowsForThreads ?? 20_000, 2));
    const one = bytesOf((await learn(algorithm, data, 1)).toState());
    for (const nThreads of [2, 4]) {
      expect(bytesOf((await learn(algorithm, data, nThreads)).toState())).toEqual(one);
    }
  });

  it('stops when it is canceled', async () => {
    const cancelFlag = createCancelFlag();
    const threads = createThreadPool({ size: 1, cancelFlag });
    cancelFlag.cancel();
    const checkpoint = (): void => {
      throw new LearnError('canceled', 'The job was canceled.');
    };
    const options = validateParameters(algorithm, NOTES[algorithm.name]?.options ?? {}).values;
    const data = dataOf(algorithm, rows);
    expect(
      await refusal(() => algorithm.fit(data, options, { random: new Random(1), threads, checkpoint })),
    ).toBe('canceled');
  });
});
