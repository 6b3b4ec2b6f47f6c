import { expect, it } from 'vitest';
import type { Target } from '../estimator.js';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import type { ParameterValue } from '../parameters.js';
import { Random } from '../random.js';
import { findAlgorithm } from '../registry.js';
import { bytesOf } from '../testing/conformance-data.js';
import { validateParameters } from '../validate-parameters.js';

interface Case {
  readonly algorithm: string;
  readonly nSamples: number;
  readonly nFeatures: number;
  /** 0: a regression. */
  readonly nClasses: number;
  readonly options?: Record<string, ParameterValue>;
}

/** Each is just large enough for its work to go to the threads. */
const CASES: readonly Case[] = [
  { algorithm: 'ridge', nSamples: 66_000, nFeatures: 124, nClasses: 0 },
  { algorithm: 'logistic_regression', nSamples: 20_000, nFeatures: 75, nClasses: 2, options: { maxIter: 3 } },
  { algorithm: 'logistic_regression', nSamples: 20_000, nFeatures: 30, nClasses: 4, options: { maxIter: 8 } },
  {
    algorithm: 'logistic_regression',
    nSamples: 20_000,
    nFeatures: 110,
    nClasses: 2,
    options: { penalty: 'l1', maxIter: 5 },
  },
  { algorithm: 'linear_svc', nSamples: 20_000, nFeatures: 40, nClasses: 3 },
  {
    algorithm: 'linear_svc',
    nSamples: 17_000,
    nFeatures: 40,
    nClasses: 3,
    options: { loss: 'hinge', maxIter: 3 },
  },
  { algorithm: 'svc', nSamples: 2400, nFeatures: 80, nClasses: 3, options: { maxIter: 200 } },
  { algorithm: 'k_means', nSamples: 20_000, nFeatures: 5, nClasses: 0, options: { nInit: 1, maxIter: 5 } },
];

function draw({ nSamples, nFeatures, nClasses, algorithm }: Case) {
  const random = new Random(nSamples + nClasses);
  const values = Float64Array.from({ length: nSamples * nFeatures }, () => random.normal());
  const scores = Float64Array.from({ length: nSamples }, (_, i) => (values[i] as number) + random.normal());
  const y: Target =
    algorithm === 'k_means'
      ? { task: 'clustering' }
      : nClasses === 0
        ? { task: 'regression', values: scores }
        : {
            task: 'classification',
            nClasses,
            codes: Int32Array.from(scores, (score) =>
              Math.min(Math.max(Math.floor(score + nClasses / 2), 0), nClasses - 1),
            ),
          };
  const features = Array.from({ length: nFeatures }, (_, j) => ({
    name: `x${j}`,
    column: `x${j}`,
    kind: 'numeric' as const,
  }));
  return { x: { nSamples, nFeatures, values, features }, y };
}

it.each(CASES)(
  '$algorithm of $nClasses classes with $options: equal bytes on 1, 2 and 4 threads',
  async (one) => {
    const algorithm = findAlgorithm(one.algorithm);
    const { values, problems } = validateParameters(algorithm, one.options ?? {});
    expect(problems).toEqual([]);
    const data = draw(one);
    const states: unknown[] = [];
    let nThreaded = 0;
    for (const size of [1, 2, 4]) {
      const pool = createThreadPool({ size });
      const threads: typeof pool = {
        size,
        close: () => pool.close(),
        map: (...words) => {
          nThreaded++;
          return pool.map(...words);
        },
      };
      try {
        const found = await algorithm.fit(data, values, {
          random: new Random(1),
          threads,
          checkpoint: () => {},
        });
        states.push(bytesOf(found.toState()));
      } finally {
        await threads.close();
      }
    }
    expect(nThreaded, 'runs on the pool').toBeGreaterThanOrEqual(states.length);
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
  },
);
