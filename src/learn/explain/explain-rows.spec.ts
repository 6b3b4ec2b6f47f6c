import { describe, expect, it } from 'vitest';
import type { Table } from '../matrix/table.js';
import { createThreadPool } from '../parallel/create-thread-pool.js';
import type { ParameterValues } from '../parameters.js';
import type { FittedPipeline } from '../pipeline/fitted-pipeline.js';
import type { PipelineSpec } from '../pipeline/spec.js';
import { columnFrom, tableFrom } from '../pipeline/testing/toys.js';
import { trainPipeline } from '../pipeline/train-pipeline.js';
import { Random } from '../random.js';
import { ALGORITHMS, findAlgorithm } from '../registry.js';
import { defaultParameters } from '../validate-parameters.js';
import { explainRows } from './explain-rows.js';

const COLORS = ['red', 'green', 'blue', 'grey'];

/** Two numbers with gaps, a text and a boolean; y follows from all of them. */
function makeTable(nRows: number, nClasses: number): Table {
  const random = new Random(5);
  const rows = Array.from({ length: nRows }, () => {
    const a = random.normal();
    const b = random.next() * 10;
    const color = COLORS[random.below(4)] as string;
    const flag = random.below(2) === 1;
    const sum = a * 2 + b * (flag ? 1 : -1) + (color === 'red' ? 4 : 0) + a * (color === 'blue' ? b : 0);
    const y =
      nClasses === 0 ? sum + 20 : Math.min(nClasses - 1, Math.max(0, Math.floor(sum / 4 + nClasses / 2)));
    return { a: random.below(8) === 0 ? null : a, b, color, flag, y };
  });
  return tableFrom([
    columnFrom(
      'a',
      'number',
      rows.map((row) => row.a),
    ),
    columnFrom(
      'b',
      'number',
      rows.map((row) => row.b),
    ),
    columnFrom(
      'color',
      'text',
      rows.map((row) => row.color),
    ),
    columnFrom(
      'flag',
      'boolean',
      rows.map((row) => row.flag),
    ),
    columnFrom(
      'y',
      'number',
      rows.map((row) => row.y),
    ),
  ]);
}

async function train(
  algorithm: string,
  nClasses: number,
  parameters: ParameterValues = {},
  more: Partial<PipelineSpec> = {},
): Promise<FittedPipeline> {
  const { pipeline } = await trainPipeline(
    makeTable(160, nClasses),
    {
      algorithm,
      parameters: { ...defaultParameters(findAlgorithm(algorithm).parameters), ...parameters },
      target: 'y',
      dropColumns: [],
      columns: {},
      normalization: 'std',
      testShare: 0,
      seed: 3,
      ...more,
    },
    {
      threads: createThreadPool({ size: 1 }),
      onProgress: () => undefined,
      isCanceled: () => false,
      findAlgorithm,
    },
  );
  return pipeline;
}

const ROWS = [
  { a: 1.5, b: 8, color: 'blue', flag: true },
  { a: -0.4, b: 2, color: 'red', flag: false },
  { a: null, b: 5, color: 'grey', flag: true },
];

/** The twin: Shapley values by their definition, over all 2^n coalitions of columns. */
function bruteForce(
  pipeline: FittedPipeline,
  row: object,
  reference: object,
  readOutput: (outputs: Float64Array) => number,
): number[] {
  const { encoders, predictor } = pipeline.steps;
  const n = encoders.length;
  const widths = encoders.map(({ features }) => features.length);
  const x = pipeline.encodeRows([row]).slice(0, pipeline.features.length);
  const r = pipeline.encodeRows([reference]).slice(0, pipeline.features.length);
  const values = Array.from({ length: 2 ** n }, (_, coalition) => {
    const mix = r.slice();
    let at = 0;
    for (let player = 0; player < n; player++) {
      const width = widths[player] as number;
      if (((coalition >> player) & 1) === 1) mix.set(x.subarray(at, at + width), at);
      at += width;
    }
    const outputs = new Float64Array(pipeline.nOutputs);
    predictor.predictInto(mix, 1, outputs);
    return readOutput(outputs);
  });
  const factorial = (m: number): number => (m <= 1 ? 1 : m * factorial(m - 1));
  return Array.from({ length: n }, (_, player) => {
    let sum = 0;
    for (let coalition = 0; coalition < 2 ** n; coalition++) {
      if (((coalition >> player) & 1) === 1) continue;
      const size = coalition.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(n - size - 1)) / factorial(n);
      sum += weight * ((values[coalition | (1 << player)] as number) - (values[coalition] as number));
    }
    return sum;
  });
}

/** Small ones of what takes long. */
const QUICK: Readonly<Record<string, ParameterValues>> = {
  mlp_classifier: { maxIter: 20 },
  mlp_regressor: { maxIter: 20 },
  random_forest_classifier: { nEstimators: 8 },
  random_forest_regressor: { nEstimators: 8 },
  hist_gradient_boosting_classifier: { maxIter: 10 },
  hist_gradient_boosting_regressor: { maxIter: 10 },
};

/** Methods for counts and codes. */
const COUNTS: Readonly<Record<string, Partial<PipelineSpec>>> = {
  multinomial_nb: { normalization: 'none', dropColumns: ['a'] },
  categorical_nb: { normalization: 'none', dropColumns: ['a', 'b'] },
};

const UNKNOWN = { a: null, b: null, color: null, flag: null };
const at = (k: number) => (outputs: Float64Array) => outputs[k] as number;
const logOdds = (outputs: Float64Array) => Math.log((outputs[1] as number) / (outputs[0] as number));
const minusLogOdds = (outputs: Float64Array) => -logOdds(outputs);

describe('the explanation of a prediction', () => {
  it.each([
    ['linear_regression', 0, 0, at(0), 'linear', {}],
    ['ridge', 0, 0, at(0), 'linear', {}],
    ['logistic_regression', 2, 1, logOdds, 'linear', {}],
    ['logistic_regression', 2, 0, minusLogOdds, 'linear', {}],
    ['linear_svc', 2, 0, at(0), 'linear', {}],
    ['decision_tree_regressor', 0, 0, at(0), 'tree', {}],
    ['decision_tree_classifier', 3, 2, at(2), 'tree', {}],
    ['random_forest_classifier', 3, 1, at(1), 'tree', { nEstimators: 12 }],
    ['random_forest_regressor', 0, 0, at(0), 'tree', { nEstimators: 12 }],
    ['hist_gradient_boosting_regressor', 0, 0, at(0), 'tree', { maxIter: 20 }],
    ['hist_gradient_boosting_classifier', 2, 1, logOdds, 'tree', { maxIter: 20 }],
    ['hist_gradient_boosting_classifier', 2, 0, minusLogOdds, 'tree', { maxIter: 20 }],
  ])(
    'of %s with %i classes, class %i, is what all coalitions say',
    async (name, nClasses, output, readOutput, method, parameters) => {
      const pipeline = await train(name, nClasses, parameters);
      const outputs = new Int32Array(ROWS.length).fill(output);
      const explained = explainRows(pipeline, ROWS, outputs);
      expect(explained).toMatchObject({ method, columns: ['a', 'b', 'color', 'flag'] });
      for (const [i, row] of ROWS.entries()) {
        const found = [...explained.contributions.subarray(i * 4, i * 4 + 4)];
        const expected = bruteForce(pipeline, row, UNKNOWN, readOutput);
        for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, 9);
        const total = found.reduce((sum, value) => sum + value, explained.baselines[i] as number);
        expect(total).toBeCloseTo(readOutput(pipeline.predictRows([row]).outputs), 9);
      }
    },
  );

  it.each(['logistic_regression', 'hist_gradient_boosting_classifier'])(
    'of %s adds up to the margin of each of three classes',
    async (name) => {
      const pipeline = await train(name, 3, name.startsWith('hist') ? { maxIter: 10 } : {});
      for (const row of ROWS) {
        const margins = [0, 1, 2].map((k) => {
          const { baselines, contributions } = explainRows(pipeline, [row], Int32Array.of(k));
          return contributions.reduce((sum, value) => sum + value, baselines[0] as number);
        });
        const { outputs } = pipeline.predictRows([row]);
        for (const k of [1, 2]) {
          const ratio = Math.log((outputs[k] as number) / (outputs[0] as number));
          expect((margins[k] as number) - (margins[0] as number)).toBeCloseTo(ratio, 8);
        }
      }
    },
  );

  it.each([
    ['k_neighbors_classifier', 3],
    ['mlp_regressor', 0],
    ['gaussian_nb', 2],
  ])(
    'of %s is sampled: near to what all coalitions say, adds up, and is the same each time',
    async (name, nClasses) => {
      const pipeline = await train(name, nClasses);
      const output = nClasses === 0 ? 0 : 1;
      const outputs = new Int32Array(ROWS.length).fill(output);
      const explained = explainRows(pipeline, ROWS, outputs);
      expect(explained.method).toBe('sampling');
      expect(explainRows(pipeline, ROWS, outputs)).toEqual(explained);
      for (const [i, row] of ROWS.entries()) {
        const found = [...explained.contributions.subarray(i * 4, i * 4 + 4)];
        const expected = bruteForce(pipeline, row, UNKNOWN, at(output));
        const scale = Math.max(...expected.map(Math.abs), 1e-3);
        for (const [k, value] of expected.entries()) {
          expect(Math.abs((found[k] as number) - value)).toBeLessThan(0.25 * scale);
        }
        const total = found.reduce((sum, value) => sum + value, explained.baselines[i] as number);
        expect(total).toBeCloseTo(pipeline.predictRows([row]).outputs[output] as number, 9);
        const alone = explainRows(pipeline, [row], outputs.subarray(0, 1));
        expect([...alone.contributions]).toEqual(found);
      }
    },
  );

  const predictors = ALGORITHMS.filter(({ task }) => task !== 'clustering').flatMap(({ name, task }) =>
    (task === 'regression' ? [0] : [2, 3]).map((nClasses) => ({ name, nClasses })),
  );
  it.each(predictors)(
    'of $name with $nClasses classes adds up to what its space says, for every class',
    async ({ name, nClasses }) => {
      const pipeline = await train(name, nClasses, QUICK[name] ?? {}, COUNTS[name] ?? {});
      const { outputKind } = pipeline.steps.predictor;
      const { outputs } = pipeline.predictRows(ROWS);
      const totals = Array.from({ length: Math.max(1, nClasses) }, (_, k) => {
        const explained = explainRows(pipeline, ROWS, new Int32Array(ROWS.length).fill(k));
        const { space, columns, baselines, contributions } = explained;
        const sums = ROWS.map((_row, i) =>
          contributions
            .subarray(i * columns.length, (i + 1) * columns.length)
            .reduce((sum, value) => sum + value, baselines[i] as number),
        );
        return { isLogOdds: space === 'margin' && outputKind === 'probabilities', sums };
      });
      for (const i of ROWS.keys()) {
        const row = outputs.subarray(i * pipeline.nOutputs, (i + 1) * pipeline.nOutputs);
        for (const [k, { isLogOdds, sums }] of totals.entries()) {
          let [found, expected] = [sums[i] as number, row[k] as number];
          if (isLogOdds && nClasses === 2) expected = k === 0 ? minusLogOdds(row) : logOdds(row);
          else if (isLogOdds) {
            // Margins of several classes are known up to what they share.
            found -= totals[0]?.sums[i] as number;
            expected = Math.log((row[k] as number) / (row[0] as number));
          }
          expect(Math.abs(found - expected)).toBeLessThan(1e-8 * Math.max(1, Math.abs(expected)));
        }
      }
    },
  );
});
