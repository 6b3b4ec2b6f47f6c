import { describe, expect, it } from 'vitest';
import type { TrainingData } from '../estimator.js';
import { type Cell, columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from './testing/toys.js';
import { trainPipeline } from './train-pipeline.js';

const toy = toyAlgorithm('regression');
const twenty = (cell: (i: number) => Cell): Cell[] => Array.from({ length: 20 }, (_, i) => cell(i));

/** Trains on a column of weights; gives what the algorithm was handed, and the report. */
async function trained(weights: readonly Cell[], type: 'number' | 'text' = 'number') {
  let seen: Float64Array | undefined;
  const watched = {
    ...toy,
    fit: (data: TrainingData, ...rest: [never, never]) => {
      seen = data.sampleWeight;
      return toy.fit(data, ...rest);
    },
  };
  const table = tableFrom([
    columnFrom(
      'x',
      'number',
      twenty((i) => i),
    ),
    columnFrom('weight', type, weights),
    columnFrom(
      'y',
      'number',
      twenty((i) => i * i),
    ),
  ]);
  const spec = toySpec(watched, { sampleWeight: 'weight' });
  const { report, pipeline, warnings } = await trainPipeline(table, spec, toyContext(watched));
  return { seen, report, pipeline, warnings };
}

describe('weights of rows', () => {
  it('reach the fit in the order of its rows, and are not learned from', async () => {
    const { seen, report, pipeline } = await trained(twenty((i) => i + 0.5));
    const training = [...(seen as Float64Array)];
    expect(training).toHaveLength(15);
    expect(training).toEqual([...training].sort((a, b) => a - b));
    expect(pipeline.signature.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(report['columns']).toMatchObject({
      dropped: [
        { name: 'weight', reason: 'sample_weight' },
        { name: 'y', reason: 'target' },
      ],
    });
    expect(report['sampleWeight']).toBe('weight');
  });

  it('weigh the scores', async () => {
    const maxError = ({ report }: Awaited<ReturnType<typeof trained>>) =>
      (report['evaluation'] as { metrics: { maxError: number } }).metrics.maxError;
    const even = await trained(twenty(() => 1));
    const halved = await trained(twenty(() => 0.5));
    expect(maxError(halved)).toBe(maxError(even));
    // The largest squares are the furthest from the toy's answers.
    const light = await trained(twenty((i) => (i < 10 ? 1 : 0)));
    expect(maxError(light)).toBeLessThan(maxError(even));
  });

  it('leave out rows without one', async () => {
    const { report, warnings } = await trained(twenty((i) => (i < 4 ? null : 1)));
    expect(report['nRows']).toMatchObject({ table: 20, used: 16 });
    expect(warnings.join(' ')).toContain('4 rows without a weight');
  });

  it.each([
    ['below 0', twenty((i) => i - 1), 'number', 'invalid_parameters'],
    ['so large that their sum is no number', twenty(() => 1e308), 'number', 'invalid_parameters'],
    ['texts', twenty((i) => `w${i}`), 'text', 'invalid_parameters'],
    ['all missing', twenty(() => null), 'number', 'not_enough_rows'],
  ] as const)('are refused when they are %s', async (_what, weights, type, code) => {
    await expect(trained(weights, type)).rejects.toMatchObject({ code, place: { column: 'weight' } });
  });
});
