import { describe, expect, it } from 'vitest';
import type { Target } from '../../estimator.js';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { dataOf, makeNumbers, predict, targetOf } from '../../testing/conformance-data.js';
import { readOracles } from '../../testing/read-oracles.js';
import { validateParameters } from '../../validate-parameters.js';
import { ACTIVATIONS } from './activations.js';
import { DenseNetwork, type NetworkShape, parameterCount } from './dense-network.js';
import { firstParameters, mlpRegressor } from './mlp.js';
import { type TrainingOptions, trainNetwork } from './train-network.js';

interface Case {
  name: string;
  rows: number[][];
  targets: number[][];
  sizes: number[];
  activation: NetworkShape['activation'];
  output: NetworkShape['output'];
  options: Partial<TrainingOptions>;
  sampleWeight: number[] | null;
  start: number[];
  parameters: number[];
}

const { neural } = readOracles<{ neural: Case[] }>('estimators.json');

interface LbfgsCase extends Omit<Case, 'options' | 'parameters' | 'sampleWeight'> {
  alpha: number;
  loss: number;
  outputs: number[][];
}

const { lbfgs } = readOracles<{ lbfgs: LbfgsCase[] }>('neural.json');

const DEFAULTS: TrainingOptions = {
  solver: 'adam',
  alpha: 1e-4,
  batchSize: 200,
  learningRate: 'constant',
  learningRateInit: 0.001,
  powerT: 0.5,
  momentum: 0.9,
  nesterovsMomentum: true,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  shuffle: false,
  maxIter: 200,
  tol: 1e-4,
  nIterNoChange: 10,
};

/** Softmax units take the class alone. */
function targetsOf({ targets, output }: Pick<Case, 'targets' | 'output'>): Float64Array {
  return Float64Array.from(output === 'softmax' ? targets.map((row) => row.indexOf(1)) : targets.flat());
}

const outputs = ['identity', 'logistic', 'softmax'] as const;

describe.each(ACTIVATIONS)('the gradient with %s units', (activation) => {
  it.each(outputs)('and %s outputs is that of finite differences', (output) => {
    const width = output === 'softmax' ? 3 : 1;
    const shape: NetworkShape = { sizes: [3, 5, 4, width], activation, output };
    const random = new Random(4);
    const nRows = 6;
    const network = new DenseNetwork(shape, nRows);
    const inputs = Float64Array.from({ length: nRows * 3 }, () => random.normal());
    const targets = new Float64Array(output === 'softmax' ? nRows : nRows * width);
    for (let i = 0; i < nRows; i++) {
      if (output === 'identity') targets[i] = random.normal();
      else if (output === 'logistic') targets[i] = random.below(2);
      else targets[i] = random.below(3);
    }
    const weights = Float64Array.from({ length: nRows }, () => random.next() + 0.5);
    const parameters = firstParameters(shape, random);
    const loss = (at: Float64Array): number =>
      network.accumulate(at, inputs, targets, weights, nRows, new Float64Array(at.length));
    const gradient = new Float64Array(parameters.length);
    network.accumulate(parameters, inputs, targets, weights, nRows, gradient);
    const h = 1e-6;
    for (let i = 0; i < parameters.length; i++) {
      const up = Float64Array.from(parameters);
      const down = Float64Array.from(parameters);
      up[i]! += h;
      down[i]! -= h;
      // Central differences: an error of h² and a rounding of eps / h.
      expect(
        Math.abs((loss(up) - loss(down)) / (2 * h) - (gradient[i] as number)),
        `parameter ${i}`,
      ).toBeLessThan(1e-7);
    }
  });
});

describe('training from the start and the batches of scikit-learn', () => {
  it.each(neural)('$name', async (oracle) => {
    const shape = { sizes: oracle.sizes, activation: oracle.activation, output: oracle.output };
    expect(oracle.start.length).toBe(parameterCount(oracle.sizes));
    const nSamples = oracle.rows.length;
    const found = await trainNetwork(
      new DenseNetwork(shape, nSamples),
      {
        inputs: Float64Array.from(oracle.rows.flat()),
        targets: targetsOf(oracle),
        weights: Float64Array.from(oracle.sampleWeight ?? new Float64Array(nSamples).fill(1)),
        nSamples,
      },
      Float64Array.from(oracle.start),
      { ...DEFAULTS, ...oracle.options },
      { random: new Random(0), checkpoint: () => {} },
    );
    // The same steps in another order of sums; rounding grows with the epochs.
    for (const [i, value] of oracle.parameters.entries()) {
      expect(Math.abs((found.parameters[i] as number) - value), `parameter ${i}`).toBeLessThan(1e-6);
    }
  });
});

describe('training by lbfgs to the end', () => {
  // Two line searches go different ways to the same minimum. scikit-learn stops where the loss falls by less than
  // 2e-9 of itself; near a minimum the outputs then differ by the root of that.
  it.each(lbfgs)('$name', async (oracle) => {
    const shape = { sizes: oracle.sizes, activation: oracle.activation, output: oracle.output };
    const nSamples = oracle.rows.length;
    const network = new DenseNetwork(shape, nSamples);
    const inputs = Float64Array.from(oracle.rows.flat());
    const found = await trainNetwork(
      network,
      {
        inputs,
        targets: targetsOf(oracle),
        weights: new Float64Array(nSamples).fill(1),
        nSamples,
      },
      Float64Array.from(oracle.start),
      { ...DEFAULTS, solver: 'lbfgs', alpha: oracle.alpha, maxIter: 20_000, tol: 1e-8 },
      { random: new Random(0), checkpoint: () => {} },
    );
    expect(found.converged).toBe(true);
    expect(Math.abs(found.loss - oracle.loss)).toBeLessThan(1e-6);
    const outputs = network.forward(found.parameters, inputs, nSamples);
    for (const [i, value] of oracle.outputs.flat().entries()) {
      expect(Math.abs((outputs[i] as number) - value), `output ${i}`).toBeLessThan(1e-3);
    }
  });
});

describe('early stopping', () => {
  it('heeds no row without weight, learned or held out', async () => {
    const rows = makeNumbers(120, 3);
    const sampleWeight = Float64Array.from(rows, (_, i) => (i % 3 === 0 ? 0 : 1 + (i % 2)));
    const data = dataOf(mlpRegressor, rows);
    const y = targetOf(mlpRegressor, rows) as Extract<Target, { task: 'regression' }>;
    const { values: options } = validateParameters(mlpRegressor, { earlyStopping: true, maxIter: 60 });
    const learnWith = (targetOfWeightless: number) => {
      const values = y.values.map((value, i) => (sampleWeight[i] === 0 ? targetOfWeightless : value));
      const context = { random: new Random(7), threads: createThreadPool({ size: 1 }), checkpoint: () => {} };
      return mlpRegressor.fit({ ...data, y: { ...y, values }, sampleWeight }, options, context);
    };
    expect(predict(await learnWith(1e3), rows)).toEqual(predict(await learnWith(-5), rows));
  });
});
