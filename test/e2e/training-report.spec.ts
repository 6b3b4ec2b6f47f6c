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

const N_ROWS = 200;
const TARGETS = ['pair', 'triple', 'amount', 'weight'];

/** Two features that blur at the edges of their classes; rows of one half weigh nine times those of the other. */
function table(): string {
  const lines = [['x', 'z', ...TARGETS].join(',')];
  for (let i = 0; i < N_ROWS; i++) {
    const [x, z] = [(i * 37) % 50, (i * 7919) % 23];
    const score = x + z / 2 + ((i * 104_729) % 31) / 2;
    const labels = [score > 38 ? 'yes' : 'no', ['a', 'b', 'c'][Math.min(2, Math.floor(score / 26))]];
    lines.push([x, z, ...labels, (1 + score).toFixed(2), i % 2 === 0 ? 9 : 1].join(','));
  }
  return `${lines.join('\n')}\n`;
}

const CLASSIFICATION = [
  ...['accuracy', 'balancedAccuracy', 'precision', 'recall', 'f1', 'jaccard'],
  ...['precisionWeighted', 'recallWeighted', 'f1Weighted', 'jaccardWeighted'],
  ...['matthewsCorrelation', 'cohenKappa', 'rocAuc', 'averagePrecision'],
  ...['logLoss', 'brierScore', 'calibrationError'],
];
const REGRESSION = [
  ...['r2', 'explainedVariance', 'maxError', 'meanAbsoluteError', 'meanSquaredError', 'rootMeanSquaredError'],
  ...['meanSquaredLogError', 'medianAbsoluteError', 'meanPoissonDeviance', 'meanGammaDeviance'],
  ...['meanAbsolutePercentageError', 'pinballLoss'],
];
const CLUSTERING = [
  ...['inertia', 'silhouette', 'daviesBouldin', 'calinskiHarabasz'],
  ...['adjustedRand', 'mutualInformation', 'normalizedMutualInformation', 'adjustedMutualInformation'],
  ...['homogeneity', 'completeness', 'vMeasure', 'fowlkesMallows'],
];

interface Curve {
  readonly label: string;
  readonly roc: Readonly<Record<'falsePositiveRate' | 'truePositiveRate' | 'thresholds', number[]>>;
  readonly precisionRecall: Readonly<Record<'precision' | 'recall' | 'thresholds', number[]>>;
}

describe('what a training reports, over HTTP', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;

  beforeAll(async () => {
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user, 'Reported');
    expectStatus(await upload(user, datasetId, table()), 201);
  });
  afterAll(() => service.stop());

  async function reportOf(algorithm: string, target: string, more: object = {}) {
    const modelId = await newModel(user, `${algorithm} ${Math.random()}`);
    const dropColumns = TARGETS.filter((name) => name !== target && name !== 'weight');
    const body = { modelId, ownerId: user.id, datasetId, algorithm, target, dropColumns, testShare: 0.4 };
    const started = await internalClient(service).post('/internal/trainings', { ...body, ...more });
    expectStatus(started, 202);
    expect((await outcomeOf(service, started.body.id)).at(-1)).toMatchObject({ status: 'succeeded' });
    const answer = await user.service.get(`/models/${modelId}/report`);
    expectStatus(answer, 200);
    return answer.body;
  }

  it.each([
    ['logistic_regression', 'pair', CLASSIFICATION],
    ['logistic_regression', 'triple', CLASSIFICATION],
    ['ridge', 'amount', REGRESSION],
    ['k_means', 'triple', CLUSTERING],
  ])('every metric of %s on "%s"', async (algorithm, target, names) => {
    const parameters = algorithm === 'k_means' ? { nClusters: 3 } : {};
    const { metrics } = (await reportOf(algorithm, target, { parameters })).evaluation;
    expect(Object.keys(metrics).sort()).toEqual([...names].sort());
    for (const name of names) expect([name, Number.isFinite(metrics[name])]).toEqual([name, true]);
  });

  it.each([
    ['logistic_regression', 'triple'],
    ['ridge', 'amount'],
  ])('every metric of %s on "%s" by the weights of rows', async (algorithm, target) => {
    const [even, weighed] = await Promise.all([
      reportOf(algorithm, target, { dropColumns: TARGETS.filter((name) => name !== target) }),
      reportOf(algorithm, target, { sampleWeight: 'weight' }),
    ]);
    const names = Object.keys(even.evaluation.metrics).filter((name) => name !== 'maxError');
    const same = names.filter((name) => even.evaluation.metrics[name] === weighed.evaluation.metrics[name]);
    expect(same).toEqual([]);
    expect(weighed.sampleWeight).toBe('weight');
    expect(weighed.nRows).toEqual(even.nRows);
  });

  it('its curves with their thresholds, its matrix and the scores of each class', async () => {
    const { evaluation } = await reportOf('logistic_regression', 'triple');
    const curves = evaluation.curves as Curve[];
    expect(curves.map(({ label }) => label)).toEqual(['a', 'b', 'c']);
    for (const { roc, precisionRecall } of curves) {
      expect([roc.falsePositiveRate.at(-1), roc.truePositiveRate.at(-1)]).toEqual([1, 1]);
      expect(precisionRecall.recall.at(-1)).toBe(1);
      for (const curve of [roc, precisionRecall]) {
        const lengths = new Set(Object.values(curve).map(({ length }) => length));
        expect([...lengths]).toEqual([curve.thresholds.length]);
        const known = curve.thresholds.filter((threshold) => threshold !== null);
        expect(known).toEqual([...known].sort((a, b) => b - a));
      }
    }
    const { labels, cells } = evaluation.confusionMatrix;
    expect(labels).toEqual(['a', 'b', 'c']);
    const rights = labels.reduce((sum: number, _: string, k: number) => sum + cells[k][k], 0);
    expect(rights / evaluation.nSamples).toBeCloseTo(evaluation.metrics.accuracy, 12);
    for (const [k, scores] of evaluation.perClass.entries()) {
      const actual = cells[k].reduce((sum: number, cell: number) => sum + cell, 0);
      expect(scores.recall).toBeCloseTo(cells[k][k] / actual, 12);
    }
  });
});
