import { expect, it } from 'vitest';
import { LearnError } from '../../errors.js';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { validateParameters } from '../../validate-parameters.js';
import { dataOf, numbers } from '../tree/testing/fit-helpers.js';
import { kNeighborsRegressor } from './k-neighbors.js';

const SEARCHES = [
  { name: '16 bit', draw: (random: Random) => random.normal() },
  { name: '32 bit', draw: (random: Random) => (random.below(10) === 0 ? 1 : 0) },
  { name: '64 bit', draw: (random: Random) => 1e200 * random.normal() },
  { name: 'one by one', draw: (random: Random) => random.normal(), options: { p: 3 } },
  { name: 'tree', draw: (random: Random) => random.normal(), options: { algorithm: 'kd_tree' } },
];

it.each(SEARCHES)(
  'stops predictions of a canceled training, searched by $name',
  async ({ draw, options }) => {
    const random = new Random(2);
    const rows = Array.from({ length: 2000 }, () => Array.from({ length: 5 }, () => draw(random)));
    const data = dataOf(rows, numbers(rows.map((_, i) => i)));
    let isCanceled = false;
    let fractions: number[] = [];
    const { values } = validateParameters(kNeighborsRegressor, { algorithm: 'brute', ...options });
    const predictor = await kNeighborsRegressor.fit(data, values, {
      random,
      threads: createThreadPool({ size: 1 }),
      checkpoint: (fraction) => {
        fractions.push(fraction);
        if (isCanceled) throw new LearnError('canceled', 'The training was canceled.');
      },
    });
    const queries = Float64Array.from(rows.slice(0, 20).flat());
    const out = new Float64Array(20);
    fractions = [];
    predictor.predictInto(queries, 20, out);
    expect(fractions.length).toBeGreaterThan(7);
    // The progress of an evaluation is not the fit's to tell.
    expect(Math.max(...fractions)).toBe(0);
    isCanceled = true;
    expect(() => predictor.predictInto(queries, 20, out)).toThrow(LearnError);
  },
);
