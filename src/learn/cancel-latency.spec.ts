/**
 * A cancel is felt where a fit looks at its flag, so no fit may compute long between two looks. Counted is the processor time
 * of this process, which does not grow when others keep the machine busy.
 */
import { expect, it } from 'vitest';
import { LearnError } from './errors.js';
import type { TrainingData } from './estimator.js';
import { createCancelFlag } from './parallel/cancel-flag.js';
import { createThreadPool } from './parallel/create-thread-pool.js';
import type { ParameterValue } from './parameters.js';
import { Random } from './random.js';
import { ALGORITHMS, findAlgorithm } from './registry.js';
import { dataOf, makeCounts, makeNumbers } from './testing/conformance-data.js';
import { validateParameters } from './validate-parameters.js';

const MOST_MS = 200;
/** What is watched of a fit that takes longer. */
const WATCHED_MS = 700;
const N_ROWS = 50_000;
const N_FEATURES = 12;
const NUMBERS = makeNumbers(N_ROWS, N_FEATURES);
const COUNTS = makeCounts(N_ROWS, N_FEATURES);
const WIDE = makeNumbers(1300, 1100);
/** Kernels take 20,000 rows at most; neighbours do little with each. */
const ROWS: Readonly<Record<string, readonly number[][]>> = {
  svc: NUMBERS.slice(0, 15_000),
  svr: NUMBERS.slice(0, 15_000),
  multinomial_nb: COUNTS,
  categorical_nb: COUNTS,
  k_neighbors_classifier: [...NUMBERS, ...NUMBERS, ...NUMBERS, ...NUMBERS],
  k_neighbors_regressor: [...NUMBERS, ...NUMBERS, ...NUMBERS, ...NUMBERS],
};

/** Where the defaults would be done too soon to be watched. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, ParameterValue>>>> = {
  logistic_regression: { tol: 1e-12, maxIter: 10_000 },
  linear_svc: { loss: 'hinge', tol: 1e-12, maxIter: 10_000 },
  linear_svr: { tol: 1e-12, maxIter: 10_000 },
  k_neighbors_classifier: { algorithm: 'ball_tree' },
  k_neighbors_regressor: { algorithm: 'kd_tree' },
  k_means: { nClusters: 50, tol: 0 },
};

/** Processor milliseconds of the process. */
function spentMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const all = ALGORITHMS.map((algorithm) => ({
  name: algorithm.name,
  algorithm,
  rows: undefined,
  of: 'many rows',
}));
/** What is cubed here is the number of features. */
const wide = ['linear_regression', 'ridge'].map((name) => ({
  name,
  algorithm: findAlgorithm(name),
  rows: WIDE,
  of: 'many features',
}));

it.each([...all, ...wide])('$name looks often at its cancel flag: $of', async ({ name, algorithm, rows }) => {
  const data: TrainingData = dataOf(algorithm, rows ?? ROWS[name] ?? NUMBERS);
  const { values, problems } = validateParameters(algorithm, OPTIONS[name] ?? {});
  expect(problems).toEqual([]);
  const began = spentMs();
  let lookedAt = began;
  let longest = 0;
  const look = (): boolean => {
    const now = spentMs();
    longest = Math.max(longest, now - lookedAt);
    lookedAt = now;
    return now - began > WATCHED_MS;
  };
  const checkpoint = (): void => {
    if (look()) throw new LearnError('canceled', 'The job was canceled.');
  };
  const threads = createThreadPool({ size: 1, cancelFlag: { ...createCancelFlag(), isCanceled: look } });
  try {
    await algorithm.fit(data, values, { random: new Random(3), threads, checkpoint });
  } catch (error) {
    expect(error).toMatchObject({ code: 'canceled' });
  }
  look();
  expect(longest).toBeLessThan(MOST_MS);
});
