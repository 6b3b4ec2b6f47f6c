import { describe, expect, it } from 'vitest';
import { evaluateClassification } from '../../learn/metrics/evaluate-classification.js';
import { evaluateClustering } from '../../learn/metrics/evaluate-clustering.js';
import { evaluateRegression } from '../../learn/metrics/evaluate-regression.js';
import { Random } from '../../learn/random.js';
import { scoringOf } from './scoring.js';

describe('scores under the names of EasyML', () => {
  it('of values: worked out by hand', () => {
    const evaluation = evaluateRegression({
      actual: Float64Array.of(1, 2, 3, 4),
      predicted: Float64Array.of(1, 2, 3, 8),
    });
    expect(scoringOf({ task: 'regression', evaluation })).toMatchObject({
      max_error: 4,
      neg_mean_absolute_error: 1,
      neg_mean_squared_error: 4,
      neg_root_mean_squared_error: 2,
      neg_median_absolute_error: 0,
      r2: 1 - 16 / 5,
    });
  });

  it('of values where a logarithm is not defined: without those that need it', () => {
    const evaluation = evaluateRegression({
      actual: Float64Array.of(-2, 2),
      predicted: Float64Array.of(-1, 1),
    });
    const scoring = scoringOf({ task: 'regression', evaluation });
    for (const name of ['squared_log_error', 'poisson_deviance', 'gamma_deviance']) {
      expect(scoring).not.toHaveProperty(`neg_mean_${name}`);
    }
  });

  it('of two classes: precision, recall, f1 and jaccard are those of the second', () => {
    const evaluation = evaluateClassification({
      actual: Int32Array.of(0, 0, 0, 1, 1, 1),
      outputs: Float64Array.of(1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0),
      outputKind: 'probabilities',
      classes: ['no', 'yes'],
    });
    const scoring = scoringOf({ task: 'classification', evaluation });
    expect(scoring['accuracy']).toBeCloseTo(4 / 6, 12);
    expect(scoring['precision']).toBeCloseTo(2 / 3, 12);
    expect(scoring['recall']).toBeCloseTo(2 / 3, 12);
    expect(scoring['jaccard']).toBeCloseTo(2 / 4, 12);
    expect(scoring['neg_brier_score']).toBeCloseTo(2 / 6, 12);
  });

  it('of three classes: without what only two can have', () => {
    const evaluation = evaluateClassification({
      actual: Int32Array.of(0, 1, 2),
      outputs: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
      outputKind: 'probabilities',
      classes: ['a', 'b', 'c'],
    });
    const names = Object.keys(scoringOf({ task: 'classification', evaluation }));
    expect(names.sort()).toEqual(['accuracy', 'balanced_accuracy', 'neg_log_loss']);
  });

  it('of clusters: only against known classes', () => {
    const rows = { rows: Float64Array.of(0, 1, 10, 11), nSamples: 4, nFeatures: 1, nClusters: 2 };
    const clusters = { ...rows, labels: Int32Array.of(0, 0, 1, 1), random: new Random(1) };
    expect(scoringOf({ task: 'clustering', evaluation: evaluateClustering(clusters) })).toEqual({});
    const known = evaluateClustering({ ...clusters, classes: Int32Array.of(1, 1, 0, 0) });
    expect(scoringOf({ task: 'clustering', evaluation: known })).toMatchObject({
      adjusted_rand_score: 1,
      v_measure_score: 1,
      fowlkes_mallows_score: 1,
    });
  });
});
