import type { TableShape } from './random-table.js';

/** Each large enough that the trainings below run for seconds. */
export const SHAPES = {
  long: { nRows: 100_000, nFeatures: 20 },
  wide: { nRows: 15_000, nFeatures: 250 },
} as const satisfies Readonly<Record<string, TableShape>>;

export interface CancelCase {
  readonly name: string;
  readonly shape: keyof typeof SHAPES;
  /** When the cancel is sent. */
  readonly phase: 'fitting' | 'evaluating';
  readonly request: {
    readonly algorithm: string;
    readonly target: string | null;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly dropColumns: readonly string[];
  };
}

function makeCase(
  shape: CancelCase['shape'],
  algorithm: string,
  parameters: Readonly<Record<string, unknown>> = {},
  { note = '', phase = 'fitting' as CancelCase['phase'] } = {},
): CancelCase {
  const isRegression = algorithm.endsWith('_regressor') || ['ridge', 'linear_svr', 'svr'].includes(algorithm);
  const target = algorithm === 'k_means' ? null : isRegression ? 'value' : 'label';
  return {
    name: note === '' ? algorithm : `${algorithm} (${note})`,
    shape,
    phase,
    request: {
      algorithm,
      target,
      parameters,
      dropColumns: ['label', 'value'].filter((name) => name !== target),
    },
  };
}

/** No tolerance is ever reached, so that a solver is caught at work. */
const ENDLESS = { tol: 1e-15, maxIter: 100_000 };

export const CANCEL_CASES: readonly CancelCase[] = [
  makeCase('long', 'random_forest_classifier'),
  makeCase('long', 'random_forest_regressor'),
  makeCase('long', 'extra_trees_classifier', { nEstimators: 200 }),
  makeCase('long', 'hist_gradient_boosting_classifier', { maxIter: 1000 }),
  makeCase('long', 'hist_gradient_boosting_regressor', { maxIter: 1000 }),
  makeCase('wide', 'svc'),
  makeCase('wide', 'svr'),
  makeCase('long', 'mlp_classifier', {}, { note: 'adam' }),
  makeCase('long', 'mlp_regressor', { solver: 'lbfgs', ...ENDLESS }, { note: 'lbfgs' }),
  makeCase('wide', 'logistic_regression', { C: 1e6, ...ENDLESS }),
  makeCase('long', 'linear_svc', { loss: 'hinge', C: 100, ...ENDLESS }),
  makeCase('long', 'linear_svr', { C: 100, ...ENDLESS }),
  makeCase('wide', 'ridge'),
  makeCase('long', 'k_neighbors_classifier', { algorithm: 'ball_tree' }),
  makeCase('long', 'k_neighbors_regressor', { algorithm: 'kd_tree' }),
  makeCase(
    'long',
    'k_neighbors_classifier',
    { algorithm: 'brute' },
    { note: 'queries', phase: 'evaluating' },
  ),
  makeCase(
    'long',
    'k_neighbors_regressor',
    { algorithm: 'kd_tree' },
    { note: 'queries', phase: 'evaluating' },
  ),
  makeCase('long', 'k_means', { nClusters: 200, nInit: 50, ...ENDLESS }),
];
