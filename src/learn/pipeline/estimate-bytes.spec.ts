import { describe, expect, it } from 'vitest';
import { completeSpec } from './complete-spec.js';
import { estimateTrainingBytes } from './estimate-bytes.js';

const MIB = 1024 * 1024;
const of = (type: 'number' | 'text') => (distinctCount: number) => ({ type, distinctCount, nullCount: 0 });
const named = (columns: ReturnType<ReturnType<typeof of>>[]) =>
  columns.map((column, i) => ({ ...column, name: `c${i}` }));

/** Columns by their number of distinct values, the target last. */
const CENSUS = {
  nRows: 32_561,
  columns: named([
    ...[73, 21_648, 16, 119, 92, 94].map(of('number')),
    ...[9, 16, 7, 15, 6, 5, 2, 42, 2].map(of('text')),
  ]),
};
const FLIGHTS = {
  nRows: 1_000_000,
  columns: named([...[72_074, 1085].map(of('number')), ...[223, 224, 2].map(of('text'))]),
};

describe('estimateTrainingBytes', () => {
  /** Peak resident memory of a process that loads the table and trains on 2 threads, Node 20, in MiB. */
  it.each([
    ['census', CENSUS, 100, 185],
    ['census', CENSUS, 10, 155],
    ['flights', FLIGHTS, 10, 603],
    ['flights', FLIGHTS, 3, 465],
  ])('errs upwards, by less than twice: %s, case %#', (_, dataset, nEstimators, measuredMiB) => {
    const target = `c${dataset.columns.length - 1}`;
    const request = { algorithm: 'random_forest_classifier', target, parameters: { nEstimators } };
    const { spec, problems } = completeSpec(request, dataset);
    expect(problems).toEqual([]);
    if (spec === null) throw new Error('unreachable');
    const estimateMiB = estimateTrainingBytes({ ...dataset, nThreads: 2 }, spec) / MIB;
    expect(estimateMiB).toBeGreaterThan(measuredMiB);
    expect(estimateMiB).toBeLessThan(2 * measuredMiB);
  });
});
