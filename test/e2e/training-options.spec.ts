import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  internalClient,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  upload,
} from '../support/users.js';

const N_ROWS = 240;
const KINDS = ['tea', 'milk', 'rice', 'salt', 'soap', 'nuts'];
const FEATURES = ['size', 'noise', 'kind'];
const TARGETS = ['label', 'rare', 'value', 'count'];

/** A number with gaps, one that says little, a category; and a target for each task, a rare class and counts among them. */
function table(): string {
  const lines = [[...FEATURES, ...TARGETS, 'weight'].join(',')];
  for (let i = 0; i < N_ROWS; i++) {
    const size = (i * 37) % 100;
    const kind = (i * 11) % KINDS.length;
    const score = size / 10 + kind + ((i * 7919) % 13) / 4;
    const label = ['low', 'middle', 'high'][Math.min(2, Math.floor(score / 6))];
    const cells = [i % 9 === 0 ? '' : size, (i * 53) % 17, KINDS[kind], label, score > 13 ? 'yes' : 'no'];
    lines.push([...cells, score.toFixed(3), Math.round(score / 2), 1 + (i % 3)].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Options by algorithm: what goes together is asked together. */
const OPTIONS: Readonly<Record<string, readonly object[]>> = {
  decision_tree_classifier: [
    { criterion: 'entropy', splitter: 'random', maxDepth: 6, maxFeatures: 'sqrt', classWeight: 'balanced' },
    { criterion: 'log_loss', maxLeafNodes: 9, minImpurityDecrease: 0.001, classWeight: { low: 2 } },
    { minSamplesSplit: 5, minSamplesLeaf: 3, minWeightFractionLeaf: 0.02, maxFeatures: 'log2' },
  ],
  decision_tree_regressor: [
    { criterion: 'friedman_mse', maxFeatures: 0.7, ccpAlpha: 0.01 },
    { criterion: 'absolute_error', splitter: 'random', maxDepth: 5 },
    { criterion: 'poisson', maxFeatures: 2, minSamplesLeaf: 0.02 },
  ],
  random_forest_classifier: [
    { criterion: 'entropy', nEstimators: 8, classWeight: 'balanced_subsample', maxSamples: 0.5 },
    { nEstimators: 8, bootstrap: false, maxDepth: 4, maxLeafNodes: 9, classWeight: 'balanced' },
  ],
  random_forest_regressor: [
    { criterion: 'absolute_error', nEstimators: 5, maxFeatures: 'log2', maxSamples: 90 },
  ],
  extra_trees_classifier: [{ nEstimators: 8, bootstrap: true, oobScore: true, ccpAlpha: 0.001 }],
  extra_trees_regressor: [{ nEstimators: 8, criterion: 'friedman_mse', minSamplesLeaf: 2 }],
  hist_gradient_boosting_classifier: [
    { maxIter: 5, l2Regularization: 2, subsample: 0.6, maxFeatures: 0.5, classWeight: 'balanced' },
    { maxIter: 5, maxLeafNodes: 4, maxDepth: 3, minSamplesLeaf: 5, maxBins: 16, learningRate: 0.3 },
  ],
  hist_gradient_boosting_regressor: [
    { maxIter: 5, loss: 'absolute_error' },
    { maxIter: 5, loss: 'poisson', maxLeafNodes: null },
  ],
  linear_regression: [{ fitIntercept: false }],
  ridge: [{ alpha: 3, fitIntercept: false }],
  lasso: [{ alpha: 0.05, maxIter: 500, tol: 1e-6 }],
  elastic_net: [{ alpha: 0.05, l1Ratio: 0.9 }],
  logistic_regression: [
    { penalty: 'l1', C: 0.5, classWeight: 'balanced', maxIter: 1000 },
    { penalty: 'none', classWeight: { low: 2 }, fitIntercept: false, maxIter: 1000 },
    { penalty: 'l2', C: 3 },
  ],
  k_neighbors_classifier: [
    { algorithm: 'kd_tree', weights: 'distance', leafSize: 8 },
    { algorithm: 'brute', weights: 'uniform', p: 3 },
  ],
  k_neighbors_regressor: [
    { algorithm: 'ball_tree', weights: 'distance', nNeighbors: 3 },
    { algorithm: 'auto', metric: 'manhattan' },
  ],
  gaussian_nb: [{ varSmoothing: 1e-6 }],
  linear_svc: [{ loss: 'hinge', C: 0.1, classWeight: 'balanced' }],
  linear_svr: [{ loss: 'squared_epsilon_insensitive', epsilon: 0.1 }],
  svc: [
    { kernel: 'rbf', gamma: 0.2, C: 2 },
    { kernel: 'poly', degree: 2, coef0: 1 },
  ],
  svr: [{ kernel: 'linear', epsilon: 0.2 }],
  mlp_classifier: [
    { hiddenLayerSizes: [8, 4], activation: 'tanh', solver: 'lbfgs', maxIter: 30 },
    { hiddenLayerSizes: [8], activation: 'logistic', solver: 'sgd', learningRate: 'adaptive', maxIter: 5 },
    { hiddenLayerSizes: [8], solver: 'adam', earlyStopping: true, validationFraction: 0.2, maxIter: 5 },
  ],
  mlp_regressor: [
    { hiddenLayerSizes: [8], activation: 'identity', solver: 'sgd', learningRate: 'invscaling', maxIter: 5 },
    { hiddenLayerSizes: [], solver: 'sgd', learningRate: 'constant', nesterovsMomentum: false, maxIter: 5 },
  ],
};

describe('the options of algorithms, over HTTP', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;

  beforeAll(async () => {
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user, 'Options');
    expectStatus(await upload(user, datasetId, table()), 201);
  });
  afterAll(() => service.stop());

  /** Trains on the features alone; the model's id and its report. */
  async function trained(algorithm: string, target: string, parameters: object, more: object = {}) {
    const modelId = await newModel(user, `${algorithm} ${Math.random()}`);
    const dropColumns = [...TARGETS, 'weight'].filter((name) => name !== target && !(name in more));
    const body = { modelId, ownerId: user.id, datasetId, algorithm, target, parameters, dropColumns };
    const started = await internalClient(service).post('/internal/trainings', { ...body, ...more });
    expectStatus(started, 202);
    expect((await outcomeOf(service, started.body.id)).at(-1)).toMatchObject({ status: 'succeeded' });
    const answer = await user.service.get(`/models/${modelId}/report`);
    expectStatus(answer, 200);
    return { modelId, report: answer.body };
  }

  async function valuesAt(modelId: string, sizes: readonly number[]): Promise<number[]> {
    const rows = sizes.map((size) => ({ size, noise: 5, kind: 'rice' }));
    const { body } = await user.service.post(`/models/${modelId}/predict`, { rows });
    return body.predictions.map(({ value }: { value: number }) => value);
  }

  it.each(Object.entries(OPTIONS))('%s takes them, and its report names them', async (algorithm, options) => {
    const isClasses = /classifier|svc|logistic|nb/.test(algorithm);
    await Promise.all(
      options.map(async (parameters) => {
        const { report } = await trained(algorithm, isClasses ? 'label' : 'value', parameters);
        expect(report.parameters).toMatchObject(parameters);
        const { metrics } = report.evaluation;
        expect(isClasses ? metrics.accuracy : metrics.meanAbsoluteError).toBeGreaterThan(0);
      }),
    );
  });

  it.each(['multinomial_nb', 'categorical_nb'])('%s takes them of counts', async (algorithm) => {
    const more = { normalization: 'none', columns: { noise: { type: 'text', encoding: 'ordinal' } } };
    const parameters = { alpha: 0.3, fitPrior: false };
    const { report } = await trained(algorithm, 'label', parameters, {
      ...more,
      dropColumns: ['size', 'rare', 'value', 'count', 'weight'],
    });
    expect(report.parameters).toEqual(parameters);
  });

  it.each([
    ['random_forest_classifier', 'label'],
    ['random_forest_regressor', 'value'],
  ])('%s reports its out-of-bag score, and what mattered', async (algorithm, target) => {
    const { report } = await trained(algorithm, target, { nEstimators: 40, oobScore: true });
    expect(report.facts.oobScore).toBeGreaterThan(0.6);
    expect(report.facts.oobScore).toBeLessThanOrEqual(1);
    const { columns } = report.importances as { columns: { name: string; importance: number }[] };
    expect(columns.map(({ name }) => name).sort()).toEqual([...FEATURES].sort());
    expect(columns[0]?.name).toBe('size');
    expect(columns.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 9);
    const without = await trained(algorithm, target, { nEstimators: 3 });
    expect(without.report.facts.oobScore).toBeUndefined();
  });

  it('a pruned tree reports fewer leaves', async () => {
    const leaves = async (ccpAlpha: number): Promise<number> =>
      (await trained('decision_tree_classifier', 'label', { ccpAlpha })).report.facts.nLeaves;
    const [whole, pruned] = await Promise.all([leaves(0), leaves(0.02)]);
    expect(pruned).toBeGreaterThan(1);
    expect(pruned).toBeLessThan(whole);
  });

  it('trees split gaps and categories themselves', async () => {
    const { report } = await trained('hist_gradient_boosting_classifier', 'label', { maxIter: 5 });
    expect(report.columns.used).toEqual([
      expect.objectContaining({ name: 'size', missing: 'native', nFeatures: 1 }),
      expect.objectContaining({ name: 'noise' }),
      expect.objectContaining({ name: 'kind', encoding: 'ordinal', nFeatures: 1 }),
    ]);
  });

  it('boosting says that it stopped early', async () => {
    const parameters = { maxIter: 500, earlyStopping: true, validationFraction: 0.2, nIterNoChange: 3 };
    const { report } = await trained('hist_gradient_boosting_classifier', 'label', parameters);
    expect(report.facts.stoppedEarly).toBe(true);
    expect(report.facts.nIterations).toBeLessThan(500);
  });

  it('boosting keeps to a direction', async () => {
    const sizes = Array.from({ length: 50 }, (_, i) => 2 * i);
    for (const direction of [1, -1]) {
      const parameters = { monotonicCst: { size: direction }, minSamplesLeaf: 5 };
      const { modelId } = await trained('hist_gradient_boosting_regressor', 'value', parameters);
      const values = await valuesAt(modelId, sizes);
      const steps = values.slice(1).map((value, i) => direction * (value - (values[i] as number)));
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    }
  });

  it('boosting predicts a quantile, and its loss is reported for it', async () => {
    const answers: Record<number, number> = {};
    for (const quantile of [0.1, 0.9]) {
      const parameters = { loss: 'quantile', quantile, maxIter: 60, minSamplesLeaf: 10 };
      const { modelId, report } = await trained('hist_gradient_boosting_regressor', 'value', parameters);
      answers[quantile] = (await valuesAt(modelId, [50]))[0] as number;
      const { pinballLoss, meanAbsoluteError } = report.evaluation.metrics;
      expect(Math.abs(pinballLoss - meanAbsoluteError / 2)).toBeGreaterThan(1e-6);
    }
    expect(answers[0.9]).toBeGreaterThan(answers[0.1] as number);
    const missing = await internalClient(service).post('/internal/trainings', {
      modelId: await newModel(user, 'No quantile'),
      ownerId: user.id,
      datasetId,
      algorithm: 'hist_gradient_boosting_regressor',
      target: 'value',
      parameters: { loss: 'quantile' },
    });
    expectStatus(missing, 422);
    expect(missing.body.errors).toEqual([
      expect.objectContaining({ code: 'conflicting_parameters', argument: 'parameters.quantile' }),
    ]);
  });
});
