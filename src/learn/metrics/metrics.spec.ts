import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.js';
import { Random } from '../random.js';
import { readOracles } from '../testing/read-oracles.js';
import { evaluateClassification } from './evaluate-classification.js';
import { evaluateClustering } from './evaluate-clustering.js';
import { evaluateRegression } from './evaluate-regression.js';
import { MAX_CURVE_POINTS, precisionRecallCurve, rocAuc, rocCurve, thresholdCounts } from './ranking.js';
import { pinballLoss } from './regression.js';

interface Curve {
  thresholds: number[];
  [name: string]: number[];
}

interface Oracles {
  classification: {
    classes: number;
    actual: number[];
    probabilities: number[];
    sampleWeight: number[] | null;
    expected: Record<string, number>;
    perClass: Record<string, number[]>;
    confusion: number[][];
    roc: Curve;
    precisionRecall: Curve;
  }[];
  regression: {
    actual: number[];
    predicted: number[];
    sampleWeight: number[] | null;
    expected: Record<string, number | null>;
    pinballLossAt90: number;
  }[];
  clustering: {
    rows: number[];
    features: number;
    clusters: number;
    labels: number[];
    classes: number[];
    expected: Record<string, number>;
  }[];
}

const oracles = readOracles<Oracles>('metrics.json');

/** Both sides sum the same terms in 64 bit, only in another order. */
const RELATIVE_TOLERANCE = 1e-9;

function expectClose(found: unknown, expected: number | null, name: string): void {
  if (expected === null) {
    expect(found, name).toBeNull();
    return;
  }
  expect(typeof found, name).toBe('number');
  const room = RELATIVE_TOLERANCE * Math.max(1, Math.abs(expected));
  expect(Math.abs((found as number) - expected), `${name}: ${String(found)} for ${expected}`).toBeLessThan(
    room,
  );
}

function expectAll(found: JsonObject, expected: Record<string, number | null>): void {
  for (const [name, value] of Object.entries(expected)) expectClose(found[name], value, name);
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
}

const optional = (weights: number[] | null): Float64Array | undefined =>
  weights === null ? undefined : Float64Array.from(weights);

describe.each(oracles.classification)('classification, $classes classes', (oracle) => {
  const labels = Array.from({ length: oracle.classes }, (_, code) => `class ${code}`);
  const report = evaluateClassification({
    actual: Int32Array.from(oracle.actual),
    outputs: Float64Array.from(oracle.probabilities),
    outputKind: 'probabilities',
    classes: labels,
    sampleWeight: optional(oracle.sampleWeight),
  });

  it('has the metrics of scikit-learn', () => {
    expectAll(report['metrics'] as JsonObject, oracle.expected);
  });

  it('has its scores per class and its confusion matrix', () => {
    const perClass = report['perClass'] as JsonObject[];
    expect(perClass.map((scores) => scores['label'])).toEqual(labels);
    for (const [name, values] of Object.entries(oracle.perClass)) {
      for (const [code, value] of values.entries()) expectClose(perClass[code]?.[name] ?? 0, value, name);
    }
    expect(report['confusionMatrix']).toEqual({ labels, cells: oracle.confusion });
  });

  it('has its curves', () => {
    const curves = (report['curves'] as JsonObject[]).at(-1) as JsonObject;
    const { thresholds, ...rates } = oracle.roc;
    const roc = curves['roc'] as unknown as Curve;
    expect(roc.thresholds.slice(1)).toEqual(thresholds);
    for (const [name, values] of Object.entries(rates)) {
      for (const [i, value] of values.entries()) expectClose(roc[name]?.[i], value, name);
    }
    // scikit-learn stops at the threshold where full recall is reached first; ours goes on to the end.
    const found = curves['precisionRecall'] as unknown as Curve;
    for (const name of ['precision', 'recall']) {
      for (const [i, value] of (oracle.precisionRecall[name] as number[]).entries()) {
        expectClose(found[name]?.[i], value, name);
      }
    }
  });
});

describe('classification, edges', () => {
  const evaluate = (actual: number[], outputs: number[], k: number): JsonObject =>
    evaluateClassification({
      actual: Int32Array.from(actual),
      outputs: Float64Array.from(outputs),
      outputKind: 'probabilities',
      classes: Array.from({ length: k }, (_, i) => String(i)),
    });

  it('gives null, never NaN, for what one class alone leaves undefined', () => {
    const report = evaluate([0, 0], [1, 0, 0.5, 0.5], 2);
    expect(report['metrics']).toMatchObject({
      accuracy: 1,
      rocAuc: null,
      averagePrecision: null,
      cohenKappa: null,
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('keeps a confident error finite', () => {
    const metrics = evaluate([0, 1], [0, 1, 1, 0], 2)['metrics'] as JsonObject;
    expect(metrics['logLoss']).toBeCloseTo(-Math.log(Number.EPSILON), 9);
  });

  it('gives no probability metrics for scores', () => {
    const report = evaluateClassification({
      actual: Int32Array.from([0, 1]),
      outputs: Float64Array.from([2, -2, -1, 1]),
      outputKind: 'scores',
      classes: ['a', 'b'],
    });
    expect(Object.keys(report['metrics'] as JsonObject)).not.toContain('logLoss');
    expect(report['metrics']).toMatchObject({ accuracy: 1, rocAuc: 1 });
  });

  it('thins long curves, and keeps their ends', () => {
    const random = new Random(1);
    const scores = Float64Array.from({ length: 5000 }, () => random.next());
    const counts = thresholdCounts(
      Uint8Array.from(scores, (score) => (random.next() < score ? 1 : 0)),
      scores,
    );
    for (const curve of [rocCurve(counts), precisionRecallCurve(counts)]) {
      expect(curve?.thresholds.length).toBeLessThanOrEqual(MAX_CURVE_POINTS);
      expect(curve?.thresholds.length).toBeGreaterThan(MAX_CURVE_POINTS / 2);
      expect(curve?.thresholds.at(-1)).toBe(Math.min(...scores));
    }
    const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(counts) as NonNullable<
      ReturnType<typeof rocCurve>
    >;
    let area = 0;
    for (let i = 1; i < x.length; i++) {
      area += (((x[i] as number) - (x[i - 1] as number)) * ((y[i] as number) + (y[i - 1] as number))) / 2;
    }
    expect(area).toBeCloseTo(rocAuc(counts) as number, 3);
  });
});

describe.each(oracles.regression)('regression', (oracle) => {
  const outcome = {
    actual: Float64Array.from(oracle.actual),
    predicted: Float64Array.from(oracle.predicted),
    sampleWeight: optional(oracle.sampleWeight),
  };

  it('has the metrics of scikit-learn', () => {
    expectAll(evaluateRegression(outcome)['metrics'] as JsonObject, oracle.expected);
    expectClose(pinballLoss({ ...outcome, quantile: 0.9 }), oracle.pinballLossAt90, 'pinball loss at 0.9');
  });
});

describe('regression, edges', () => {
  it('gives null for R² of a constant', () => {
    const report = evaluateRegression({ actual: Float64Array.of(2, 2), predicted: Float64Array.of(1, 3) });
    expect(report['metrics']).toMatchObject({ r2: null, meanAbsoluteError: 1 });
  });

  it.each([
    ['all rows', undefined],
    ['the rows that count', Float64Array.of(0, 0.7, 0.1)],
  ])('gives null for R² where rounding alone makes %s differ from their mean', (_, sampleWeight) => {
    const rest = sampleWeight === undefined ? 0.1 : 5;
    const actual = Float64Array.of(rest, 0.1, 0.1);
    const { metrics } = evaluateRegression({ actual, predicted: Float64Array.of(0, 0.1, 0.2), sampleWeight });
    expect(metrics).toMatchObject({ r2: null, explainedVariance: null });
  });

  it('stays finite JSON for values near 1e308', () => {
    const report = evaluateRegression({
      actual: Float64Array.of(1e308, -1e308),
      predicted: Float64Array.of(-1e308, 1e308),
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe.each(oracles.clustering)('clustering, $clusters clusters', (oracle) => {
  const outcome = {
    rows: Float64Array.from(oracle.rows),
    nFeatures: oracle.features,
    labels: Int32Array.from(oracle.labels),
    nClusters: oracle.clusters,
    random: new Random(0),
  };

  it('has the metrics of scikit-learn', () => {
    const classes = Int32Array.from(oracle.classes);
    expectAll(evaluateClustering({ ...outcome, classes })['metrics'] as JsonObject, oracle.expected);
  });

  it('does not care how classes are numbered, and leaves unknown ones out', () => {
    const renumbered = Int32Array.from([...oracle.classes.map((code) => 7 - code), -1]);
    const labels = Int32Array.from([...oracle.labels, 0]);
    const rows = Float64Array.from([...oracle.rows, ...Array.from({ length: oracle.features }, () => 0)]);
    const metrics = evaluateClustering({ ...outcome, rows, labels, classes: renumbered })[
      'metrics'
    ] as JsonObject;
    expectClose(
      metrics['adjustedMutualInformation'],
      oracle.expected['adjustedMutualInformation'] as number,
      'AMI',
    );
    expectClose(metrics['adjustedRand'], oracle.expected['adjustedRand'] as number, 'ARI');
  });
});

describe('clustering, edges', () => {
  it('gives null for what a single cluster leaves undefined', () => {
    const report = evaluateClustering({
      rows: Float64Array.of(1, 2, 3),
      nFeatures: 1,
      labels: Int32Array.of(0, 0, 0),
      nClusters: 1,
      random: new Random(0),
    });
    expect(report['metrics']).toEqual({
      inertia: 2,
      silhouette: null,
      daviesBouldin: null,
      calinskiHarabasz: null,
    });
  });
});
