import { describe, expect, it } from 'vitest';
import { findAlgorithm } from '../registry.js';
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

/** Eight numbers, of which five hardly repeat; three texts; a target of each kind. */
const MIXED = (nRows: number) => ({
  nRows,
  columns: named([
    ...[100, 100, 100].map(of('number')),
    ...[0.9, 0.9, 0.9, 0.9, 0.9].map((share) => of('number')(share * nRows)),
    ...[5, 30, 300, 3].map(of('text')),
    of('number')(nRows),
  ]),
});
const CLASSES = 'c11';
const VALUES = 'c12';
const FEW_TREES = { nEstimators: 20 };
const CODES = { type: 'text', encoding: 'ordinal' };
const COUNTS_ONLY = {
  normalization: 'none',
  dropColumns: [VALUES, 'c3', 'c4', 'c5', 'c6', 'c7'],
  columns: { c0: CODES, c1: CODES, c2: CODES },
};

/** Highest resident memory of a training process on 2 threads, from its start to the bundle that is checked, Node 20, in MiB. */
const MEASURED: readonly [string, number, object, number][] = [
  ['random_forest_classifier', 150_000, { parameters: FEW_TREES }, 284],
  ['random_forest_regressor', 150_000, { parameters: FEW_TREES }, 627],
  ['extra_trees_classifier', 150_000, { parameters: FEW_TREES }, 390],
  ['extra_trees_regressor', 150_000, { parameters: FEW_TREES }, 778],
  ['hist_gradient_boosting_classifier', 150_000, {}, 302],
  ['hist_gradient_boosting_regressor', 150_000, {}, 269],
  ['decision_tree_classifier', 150_000, {}, 280],
  ['decision_tree_regressor', 150_000, {}, 270],
  ['logistic_regression', 150_000, {}, 251],
  ['linear_regression', 150_000, {}, 278],
  ['ridge', 150_000, {}, 240],
  ['lasso', 150_000, {}, 239],
  ['elastic_net', 150_000, {}, 236],
  ['k_neighbors_classifier', 150_000, {}, 313],
  ['k_neighbors_regressor', 150_000, {}, 306],
  ['gaussian_nb', 150_000, { normalization: 'none' }, 238],
  ['multinomial_nb', 150_000, { normalization: 'none' }, 238],
  ['categorical_nb', 150_000, COUNTS_ONLY, 210],
  ['linear_svc', 150_000, {}, 360],
  ['linear_svr', 150_000, {}, 320],
  ['svc', 12_000, {}, 606],
  ['svr', 12_000, {}, 461],
  ['mlp_classifier', 150_000, {}, 285],
  ['mlp_regressor', 150_000, {}, 250],
  ['k_means', 150_000, { dropColumns: [CLASSES, VALUES] }, 380],
];

describe('estimateTrainingBytes', () => {
  it.each(MEASURED)('errs upwards, by less than twice: %s on %i rows', (name, nRows, more, measuredMiB) => {
    const { task } = findAlgorithm(name);
    const target = { classification: CLASSES, regression: VALUES, clustering: null }[task];
    const dropColumns = [task === 'classification' ? VALUES : CLASSES];
    const { spec, problems } = completeSpec({ algorithm: name, target, dropColumns, ...more }, MIXED(nRows));
    expect(problems).toEqual([]);
    if (spec === null) throw new Error('unreachable');
    const estimateMiB = estimateTrainingBytes({ ...MIXED(nRows), nThreads: 2 }, spec) / MIB;
    expect(estimateMiB).toBeGreaterThan(measuredMiB);
    expect(estimateMiB).toBeLessThan(2 * measuredMiB);
  });

  it('does not take every number column of a naive Bayes for a hundred thousand categories', () => {
    const columns = named([...Array.from({ length: 30 }, () => of('number')(13)), of('text')(100)]);
    const request = { algorithm: 'categorical_nb', target: 'c30', normalization: 'none' };
    const { spec } = completeSpec(request, { columns });
    if (spec === null) throw new Error('unreachable');
    // Measured as above on 200,000 rows.
    const estimateMiB = estimateTrainingBytes({ nRows: 200_000, columns, nThreads: 2 }, spec) / MIB;
    expect(estimateMiB / 265).toBeGreaterThan(1);
    expect(estimateMiB / 265).toBeLessThan(5);
  });

  it.each([
    ['census', CENSUS, 100, 246],
    ['census', CENSUS, 10, 264],
    ['flights', FLIGHTS, 10, 603],
    ['flights', FLIGHTS, 3, 465],
  ])('so it does for forests: %s, case %#', (_, dataset, nEstimators, measuredMiB) => {
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
