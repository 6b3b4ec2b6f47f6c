/**
 * Multilayer perceptrons. First weights are drawn after Glorot and Bengio (2010). A regression learns its target in
 * units of mean 0 and variance 1, and the last layer is scaled back afterwards: otherwise the default learning rate
 * would need thousands of epochs only to reach the mean of a price in euros.
 */
import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { toRowMajor } from '../../matrix/feature-matrix.js';
import type { ParameterValues } from '../../parameters.js';
import type { Random } from '../../random.js';
import { type Split, splitRows, splitStratified } from '../../selection/split.js';
import { classTarget, requireFinite, requireRows, rowWeights, valueTarget } from '../fit-input.js';
import type { Activation } from './activations.js';
import { DenseNetwork, layersOf, type NetworkShape, parameterCount } from './dense-network.js';
import { MLP_PARAMETERS, mlpConflicts } from './mlp-parameters.js';
import { networkPredictor, restoreNetwork } from './network-predictor.js';
import { type NetworkData, type TrainingOptions, trainNetwork } from './train-network.js';

const ROWS_AT_ONCE = 1024;

const COMMON = {
  parameters: MLP_PARAMETERS,
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: true },
  conflicts: mlpConflicts,
  estimateFitBytes: ({ nSamples, nFeatures, nClasses }, options) => {
    const hidden = options.hiddenLayerSizes as readonly number[];
    const sizes = [nFeatures, ...hidden, Math.max(nClasses, 1)];
    const nUnits = sizes.reduce((sum, size) => sum + size, 0);
    const vectors = options.solver === 'lbfgs' ? 30 : 6;
    return (
      8 * (nSamples * (nFeatures + 5) + vectors * parameterCount(sizes) + 3 * ROWS_AT_ONCE * nUnits) + 4096
    );
  },
} satisfies Partial<Algorithm>;

export const mlpClassifier: Algorithm = {
  ...COMMON,
  name: 'mlp_classifier',
  title: 'Neural network (classes)',
  task: 'classification',
  summary:
    'Layers of simple units that learn curves and interactions. Wants scaled features, many rows and patience.',
  fit: async (data, options, context) => {
    const { codes, nClasses } = classTarget(data);
    const width = nClasses <= 2 ? 1 : nClasses;
    const held = (random: Random): Split =>
      splitStratified(codes, nClasses, options.validationFraction as number, random);
    const output = width === 1 ? 'logistic' : 'softmax';
    return fitNetwork(data, Float64Array.from(codes), width, output, options, context, held);
  },
  restore: (state) => restoreNetwork(state, 'classification'),
};

export const mlpRegressor: Algorithm = {
  ...COMMON,
  name: 'mlp_regressor',
  title: 'Neural network (values)',
  task: 'regression',
  summary:
    'Layers of simple units that learn curves and interactions. Wants scaled features, many rows and patience.',
  fit: async (data, options, context) => {
    const held = (random: Random): Split =>
      splitRows(data.x.nSamples, options.validationFraction as number, random);
    return fitNetwork(data, valueTarget(data), 1, 'identity', options, context, held);
  },
  restore: (state) => restoreNetwork(state, 'regression'),
};

async function fitNetwork(
  data: TrainingData,
  rawTargets: Float64Array,
  nOutputs: number,
  output: NetworkShape['output'],
  options: ParameterValues,
  context: FitContext,
  holdOut: (random: Random) => Split,
): Promise<Predictor> {
  const { x } = data;
  requireRows(x.nSamples);
  requireFinite(x);
  const weights = rowWeights(data);
  const unit = output === 'identity' ? unitOf(rawTargets, weights) : { mean: 0, scale: 1 };
  const all: NetworkData = {
    inputs: toRowMajor(x),
    targets: rawTargets.map((value) => (value - unit.mean) / unit.scale),
    weights,
    nSamples: x.nSamples,
  };
  const shape: NetworkShape = {
    sizes: [x.nFeatures, ...(options.hiddenLayerSizes as readonly number[]), nOutputs],
    activation: options.activation as Activation,
    output,
  };
  const split = options.earlyStopping === true ? holdOut(context.random.fork(1)) : undefined;
  const learned = split === undefined ? all : take(all, split.train, x.nFeatures);
  const trainingOptions = {
    ...(options as unknown as TrainingOptions),
    batchSize: Math.min(options.batchSize === 'auto' ? 200 : (options.batchSize as number), learned.nSamples),
  };
  const network = new DenseNetwork(shape, Math.min(ROWS_AT_ONCE, learned.nSamples));
  const score = split === undefined ? undefined : scorer(shape, take(all, split.test, x.nFeatures));
  const start = firstParameters(shape, context.random.fork(0));
  const found = await trainNetwork(network, learned, start, trainingOptions, context, score);
  rescaleOutput(shape, found.parameters, unit);
  return networkPredictor(
    shape,
    found.parameters,
    { iterations: found.iterations, converged: found.converged, loss: found.loss, parameters: start.length },
    found.converged
      ? []
      : [`Learning had not settled after ${found.iterations} iterations: raise maxIter or learningRateInit.`],
  );
}

/** Uniform within sqrt(6 / (inputs + outputs)), for logistic units sqrt(2 / …); biases alike. */
export function firstParameters(shape: NetworkShape, random: Random): Float64Array {
  const parameters = new Float64Array(parameterCount(shape.sizes));
  const factor = shape.activation === 'logistic' ? 2 : 6;
  for (const { nInputs, nOutputs, weightsAt, biasesAt } of layersOf(shape.sizes)) {
    const bound = Math.sqrt(factor / (nInputs + nOutputs));
    for (let i = weightsAt; i < biasesAt + nOutputs; i++) parameters[i] = (2 * random.next() - 1) * bound;
  }
  return parameters;
}

interface Unit {
  readonly mean: number;
  readonly scale: number;
}

function unitOf(values: Float64Array, weights: Float64Array): Unit {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    total += weights[i] as number;
    sum += (weights[i] as number) * (values[i] as number);
  }
  const mean = sum / total;
  let squared = 0;
  for (let i = 0; i < values.length; i++) {
    squared += (weights[i] as number) * ((values[i] as number) - mean) ** 2;
  }
  const scale = Math.sqrt(squared / total);
  return { mean, scale: scale > 0 ? scale : 1 };
}

function rescaleOutput(shape: NetworkShape, parameters: Float64Array, { mean, scale }: Unit): void {
  const last = layersOf(shape.sizes).at(-1);
  if (last === undefined) return;
  for (let i = last.weightsAt; i < parameters.length; i++) parameters[i]! *= scale;
  for (let i = last.biasesAt; i < parameters.length; i++) parameters[i]! += mean;
}

function take(data: NetworkData, rows: Uint32Array, nInputs: number): NetworkData {
  const pick = (values: Float64Array, width: number): Float64Array => {
    const picked = new Float64Array(rows.length * width);
    for (const [i, row] of rows.entries())
      picked.set(values.subarray(row * width, (row + 1) * width), i * width);
    return picked;
  };
  return {
    inputs: pick(data.inputs, nInputs),
    targets: pick(data.targets, 1),
    weights: pick(data.weights, 1),
    nSamples: rows.length,
  };
}

/** Accuracy, or R² over the variance of the whole target (which is 1), weighted; rows that all weigh nothing count alike. */
function scorer(shape: NetworkShape, held: NetworkData): (parameters: Float64Array) => number {
  const network = new DenseNetwork(shape, Math.min(ROWS_AT_ONCE, held.nSamples));
  const { nInputs, nOutputs: width } = network;
  const weights = held.weights.some((weight) => weight > 0) ? held.weights : held.weights.map(() => 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (parameters) => {
    let sum = 0;
    for (let from = 0; from < held.nSamples; from += ROWS_AT_ONCE) {
      const nRows = Math.min(ROWS_AT_ONCE, held.nSamples - from);
      const outputs = network.forward(parameters, held.inputs.subarray(from * nInputs), nRows);
      for (let i = 0; i < nRows; i++) {
        const own = outputs.subarray(i * width, (i + 1) * width);
        const target = held.targets[from + i] as number;
        let score: number;
        if (shape.output === 'identity') score = 1 - ((own[0] as number) - target) ** 2;
        else if (width === 1) score = (own[0] as number) > 0.5 === (target === 1) ? 1 : 0;
        else score = own.indexOf(own.reduce((most, p) => Math.max(most, p), 0)) === target ? 1 : 0;
        sum += (weights[from + i] as number) * score;
      }
    }
    return sum / total;
  };
}
