import { describe, expect, it } from 'vitest';
import type { Algorithm, Predictor, Target } from '../estimator.js';
import type { FeatureMatrix } from '../matrix/feature-matrix.js';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import type { ParameterValue } from '../parameters.js';
import { Random } from '../random.js';
import { findAlgorithm } from '../registry.js';
import { readOracles } from '../testing/read-oracles.js';
import { validateParameters } from '../validate-parameters.js';
import { lloyd } from './cluster/lloyd.js';

type Options = Record<string, ParameterValue>;

interface Oracles {
  linear: {
    name: string;
    /** Default: linear_regression. */
    algorithm?: string;
    rows: number[][];
    target: number[];
    sampleWeight: number[] | null;
    options: Options;
    coefficients: number[];
    intercept: number;
  }[];
  logistic: {
    name: string;
    rows: number[][];
    target: number[];
    classes: number;
    sampleWeight: number[] | null;
    options: Options;
    coefficients: number[][];
    probabilities: number[][];
  }[];
  neighbors: {
    rows: number[][];
    codes: number[];
    classes: number;
    values: number[];
    queries: number[][];
    cases: { options: Options; probabilities: number[][]; values: number[] }[];
  };
  naiveBayes: {
    algorithm: string;
    rows: number[][];
    target: number[];
    classes: number;
    sampleWeight: number[] | null;
    options: Options;
    outputs: number[][];
  }[];
  supportVectors: {
    algorithm: string;
    rows: number[][];
    target: number[];
    /** 0: a regression. */
    classes: number;
    sampleWeight: number[] | null;
    options: Options;
    outputs: number[][] | number[];
  }[];
  kMeans: {
    rows: number[][];
    first: number[][];
    cases: { sampleWeight: number[] | null; centres: number[][]; labels: number[]; inertia: number }[];
  };
}

const oracles = readOracles<Oracles>('estimators.json');

function matrixOf(rows: number[][]): FeatureMatrix {
  const nFeatures = (rows[0] as number[]).length;
  const values = new Float64Array(rows.length * nFeatures);
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of row.entries()) values[j * rows.length + i] = value;
  }
  const features = Array.from({ length: nFeatures }, (_, j) => ({
    name: `x${j}`,
    column: `x${j}`,
    kind: 'numeric' as const,
  }));
  return { nSamples: rows.length, nFeatures, values, features };
}

function learn(
  name: string,
  rows: number[][],
  y: Target,
  sent: Options,
  weights: number[] | null,
): Promise<Predictor> {
  const algorithm: Algorithm = findAlgorithm(name);
  const { values, problems } = validateParameters(algorithm, sent);
  expect(problems).toEqual([]);
  const nClasses = y.task === 'classification' ? y.nClasses : 0;
  return algorithm.fit(
    {
      x: matrixOf(rows),
      y,
      sampleWeight: weights === null ? undefined : Float64Array.from(weights),
      classNames: Array.from({ length: nClasses }, (_, code) => String(code)),
    },
    values,
    { random: new Random(0), threads: createThreadPool({ size: 1 }), checkpoint: () => {} },
  );
}

function predict(predictor: Predictor, rows: number[][]): number[] {
  const out = new Float64Array(rows.length * predictor.nOutputs);
  predictor.predictInto(Float64Array.from(rows.flat()), rows.length, out);
  return [...out];
}

function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    const room = tolerance * Math.max(1, Math.abs(value));
    expect(Math.abs((found[i] as number) - value), `element ${i}`).toBeLessThan(room);
  }
}

describe('linear regressions', () => {
  // One answer, well-conditioned: only rounding differs.
  it.each(oracles.linear)('$name', async (oracle) => {
    const y = { task: 'regression' as const, values: Float64Array.from(oracle.target) };
    const model = await learn(
      oracle.algorithm ?? 'linear_regression',
      oracle.rows,
      y,
      oracle.options,
      oracle.sampleWeight,
    );
    const { tensors } = model.toState();
    expectClose(tensors['coefficients']?.data ?? [], oracle.coefficients, 1e-9);
    expectClose(tensors['intercepts']?.data ?? [], [oracle.intercept], 1e-9);
  });
});

describe('logistic_regression', () => {
  // One answer, found by two iterative solvers that both stop at a gradient near 1e-10.
  it.each(oracles.logistic)('$name', async (oracle) => {
    const y = {
      task: 'classification' as const,
      codes: Int32Array.from(oracle.target),
      nClasses: oracle.classes,
    };
    const options = { ...oracle.options, tol: 1e-10, maxIter: 10_000 };
    const model = await learn('logistic_regression', oracle.rows, y, options, oracle.sampleWeight);
    expect(model.facts).toMatchObject({ converged: true });
    expectClose(predict(model, oracle.rows), oracle.probabilities.flat(), 1e-6);
    expectClose(model.toState().tensors['coefficients']?.data ?? [], oracle.coefficients.flat(), 1e-6);
  });
});

describe('naive Bayes', () => {
  // Closed forms; the exponentials of sums in another order.
  it.each(oracles.naiveBayes)('$algorithm with $options', async (oracle) => {
    const { algorithm, rows, options, sampleWeight } = oracle;
    const y = {
      task: 'classification' as const,
      codes: Int32Array.from(oracle.target),
      nClasses: oracle.classes,
    };
    const model = await learn(algorithm, rows, y, options, sampleWeight);
    expectClose(predict(model, rows), oracle.outputs.flat(), 1e-9);
  });
});

describe('support vectors', () => {
  // One answer, but LIBSVM keeps its kernel in 32 bit, which leaves 1e-7 of it; LIBLINEAR's is exact.
  it.each(oracles.supportVectors)('$algorithm with $options', async (oracle) => {
    const { algorithm, rows, target, options, sampleWeight, classes } = oracle;
    const y =
      classes === 0
        ? { task: 'regression' as const, values: Float64Array.from(target) }
        : { task: 'classification' as const, codes: Int32Array.from(target), nClasses: classes };
    const model = await learn(algorithm, rows, y, options, sampleWeight);
    expect(model.facts).toMatchObject({ converged: true });
    expectClose(predict(model, rows), oracle.outputs.flat(), algorithm.startsWith('linear') ? 1e-7 : 1e-5);
  });
});

describe.each(['brute', 'kd_tree', 'ball_tree'])('k_neighbors by %s', (algorithm) => {
  const { rows, codes, classes, values, queries, cases } = oracles.neighbors;
  // Exact neighbours; distances differ in their last bits.
  it.each(cases)('with $options', async (oracle) => {
    const options = { algorithm, leafSize: 4, ...oracle.options };
    const y = { task: 'classification' as const, codes: Int32Array.from(codes), nClasses: classes };
    const classifier = await learn('k_neighbors_classifier', rows, y, options, null);
    expectClose(predict(classifier, queries), oracle.probabilities.flat(), 1e-12);
    const target = { task: 'regression' as const, values: Float64Array.from(values) };
    const regressor = await learn('k_neighbors_regressor', rows, target, options, null);
    expectClose(predict(regressor, queries), oracle.values, 1e-12);
  });
});

describe.each([false, true])('k-means from given centres, bounded: %s', (bounded) => {
  const { rows, first, cases } = oracles.kMeans;
  it.each(cases)('$inertia', async ({ sampleWeight, centres, labels, inertia }) => {
    const data = {
      rows: Float64Array.from(rows.flat()),
      nSamples: rows.length,
      nFeatures: 2,
      weights: Float64Array.from(sampleWeight ?? rows.map(() => 1)),
    };
    const context = { threads: createThreadPool({ size: 1 }), checkpoint: () => {} };
    const options = { maxIterations: 300, tolerance: 0, bounded };
    const found = await lloyd(data, Float64Array.from(first.flat()), options, context);
    expect([...found.labels]).toEqual(labels);
    expectClose(found.centres, centres.flat(), 1e-12);
    expectClose([found.inertia], [inertia], 1e-12);
  });
});
