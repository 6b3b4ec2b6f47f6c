/**
 * The training loop: batches, epochs, learning-rate schedules, stopping. What it trains is any object that
 * accumulates a gradient. The rules are scikit-learn's, so that equal starts and equal batches give equal weights.
 */
import { LearnError } from '../../errors.js';
import type { FitContext } from '../../estimator.js';
import { minimize } from '../../matrix/lbfgs.js';
import type { DenseNetwork } from './dense-network.js';
import { Adam, type Optimizer, Sgd } from './optimizers.js';

export interface NetworkData {
  /** Row-major nSamples * nInputs. */
  readonly inputs: Float64Array;
  /** Row-major nSamples * targetWidth of the network. */
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  readonly nSamples: number;
}

export interface TrainingOptions {
  readonly solver: 'lbfgs' | 'sgd' | 'adam';
  /** Price of squared weights, biases excepted. */
  readonly alpha: number;
  readonly batchSize: number;
  readonly learningRate: 'constant' | 'invscaling' | 'adaptive';
  readonly learningRateInit: number;
  readonly powerT: number;
  readonly momentum: number;
  readonly nesterovsMomentum: boolean;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly shuffle: boolean;
  readonly maxIter: number;
  readonly tol: number;
  readonly nIterNoChange: number;
}

export interface TrainingResult {
  readonly parameters: Float64Array;
  readonly iterations: number;
  readonly loss: number;
  readonly converged: boolean;
}

/** The adaptive schedule ends when it would go below this. */
const LEAST_LEARNING_RATE = 1e-6;

/**
 * @param start IN the first parameters; not changed
 * @param score a score of held-out rows, larger is better: the loop stops when it grows no more and gives the best
 *   parameters; absent: it stops when the loss falls no more
 * @throws LearnError numerical_failure when the loss is no number any more
 */
export function trainNetwork(
  network: DenseNetwork,
  data: NetworkData,
  start: Float64Array,
  options: TrainingOptions,
  context: Pick<FitContext, 'random' | 'checkpoint'>,
  score?: (parameters: Float64Array) => number,
): Promise<TrainingResult> {
  return options.solver === 'lbfgs'
    ? trainAtOnce(network, data, start, options, context)
    : Promise.resolve(trainByBatches(network, data, start, options, context, score));
}

/** Mean loss with its price, and its gradient, over the rows `order[from..to-1]`. */
function objective(
  network: DenseNetwork,
  data: NetworkData,
  alpha: number,
  poll: () => void,
): (
  parameters: Float64Array,
  order: Uint32Array,
  gradient: Float64Array,
) => { loss: number; weight: number } {
  const { nInputs, targetWidth, maxRows, layers } = network;
  const inputs = new Float64Array(maxRows * nInputs);
  const targets = new Float64Array(maxRows * targetWidth);
  const weights = new Float64Array(maxRows);
  const { inputs: allInputs, targets: allTargets, weights: allWeights } = data;
  return (parameters, order, gradient) => {
    gradient.fill(0);
    let loss = 0;
    let weight = 0;
    for (let from = 0; from < order.length; from += maxRows) {
      poll();
      const rows = order.subarray(from, from + maxRows);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as number;
        copyRow(allInputs, row, inputs, i, nInputs);
        copyRow(allTargets, row, targets, i, targetWidth);
        weights[i] = allWeights[row] as number;
        weight += weights[i] as number;
      }
      loss += network.accumulate(parameters, inputs, targets, weights, rows.length, gradient);
    }
    // A batch of rows without weight pulls nowhere.
    if (weight === 0) return { loss: 0, weight };
    let squares = 0;
    for (const { weightsAt, biasesAt, nOutputs } of layers) {
      for (let i = weightsAt; i < biasesAt; i++) {
        const w = parameters[i] as number;
        squares += w * w;
        gradient[i] = ((gradient[i] as number) + alpha * w) / weight;
      }
      for (let i = biasesAt; i < biasesAt + nOutputs; i++) gradient[i]! /= weight;
    }
    loss += (alpha * squares) / 2;
    return { loss: loss / weight, weight };
  };
}

function copyRow(from: Float64Array, row: number, to: Float64Array, i: number, width: number): void {
  const base = row * width;
  const start = i * width;
  for (let j = 0; j < width; j++) to[start + j] = from[base + j] as number;
}

async function trainAtOnce(
  network: DenseNetwork,
  data: NetworkData,
  start: Float64Array,
  options: TrainingOptions,
  context: Pick<FitContext, 'checkpoint'>,
): Promise<TrainingResult> {
  let iteration = 0;
  const poll = (): void => context.checkpoint(iteration / options.maxIter);
  const evaluate = objective(network, data, options.alpha, poll);
  const order = Uint32Array.from({ length: data.nSamples }, (_, i) => i);
  const found = await minimize(
    (point, gradient) => {
      return Promise.resolve(evaluate(point, order, gradient).loss);
    },
    start,
    {
      maxIterations: options.maxIter,
      gradientTolerance: options.tol,
      onStep: (steps) => {
        iteration = steps;
      },
    },
  );
  requireNumber(found.value);
  return {
    parameters: found.point,
    iterations: found.iterations,
    loss: found.value,
    converged: found.converged,
  };
}

function trainByBatches(
  network: DenseNetwork,
  data: NetworkData,
  start: Float64Array,
  options: TrainingOptions,
  context: Pick<FitContext, 'random' | 'checkpoint'>,
  score?: (parameters: Float64Array) => number,
): TrainingResult {
  let done = 0;
  const evaluate = objective(network, data, options.alpha, () => context.checkpoint(done));
  const parameters = Float64Array.from(start);
  const gradient = new Float64Array(start.length);
  const optimizer = makeOptimizer(start.length, options);
  const order = Uint32Array.from({ length: data.nSamples }, (_, i) => i);
  const nBatches = Math.ceil(data.nSamples / options.batchSize);
  const patience = new Patience(options.tol, options.nIterNoChange);
  let best = parameters;
  let loss = 0;
  for (let epoch = 1; epoch <= options.maxIter; epoch++) {
    if (options.shuffle) context.random.shuffle(order);
    let sum = 0;
    let total = 0;
    for (let b = 0; b < nBatches; b++) {
      done = (epoch - 1 + b / nBatches) / options.maxIter;
      const batch = order.subarray(b * options.batchSize, (b + 1) * options.batchSize);
      const at = evaluate(parameters, batch, gradient);
      sum += at.loss * at.weight;
      total += at.weight;
      optimizer.step(parameters, gradient);
    }
    loss = sum / total;
    requireNumber(loss);
    if (score === undefined) patience.see(-loss);
    else if (patience.see(score(parameters))) best = Float64Array.from(parameters);
    if (patience.isOut && !slowDown(optimizer, options, patience)) {
      return {
        parameters: score === undefined ? parameters : best,
        iterations: epoch,
        loss,
        converged: true,
      };
    }
    if (options.solver === 'sgd' && options.learningRate === 'invscaling') {
      optimizer.learningRate = options.learningRateInit / (epoch * data.nSamples + 1) ** options.powerT;
    }
  }
  const last = score === undefined ? parameters : best;
  return { parameters: last, iterations: options.maxIter, loss, converged: false };
}

/** Counts the epochs without a better score. */
class Patience {
  private best = Number.NEGATIVE_INFINITY;
  private nWithout = 0;

  constructor(
    private readonly tolerance: number,
    private readonly limit: number,
  ) {}

  /** Whether this is the best score so far. An improvement of less than the tolerance does not renew the patience. */
  see(score: number): boolean {
    this.nWithout = score < this.best + this.tolerance ? this.nWithout + 1 : 0;
    const isBest = score > this.best;
    if (isBest) this.best = score;
    return isBest;
  }

  get isOut(): boolean {
    return this.nWithout > this.limit;
  }

  renew(): void {
    this.nWithout = 0;
  }
}

/** The adaptive schedule: a fifth of the rate instead of the end. Gives whether there is a rate to go on with. */
function slowDown(optimizer: Optimizer, options: TrainingOptions, patience: Patience): boolean {
  if (options.solver !== 'sgd' || options.learningRate !== 'adaptive') return false;
  if (optimizer.learningRate <= LEAST_LEARNING_RATE) return false;
  optimizer.learningRate /= 5;
  patience.renew();
  return true;
}

function makeOptimizer(length: number, options: TrainingOptions): Optimizer {
  const learningRate = options.learningRateInit;
  if (options.solver === 'adam') return new Adam(length, { ...options, learningRate });
  return new Sgd(length, { learningRate, momentum: options.momentum, nesterov: options.nesterovsMomentum });
}

function requireNumber(loss: number): void {
  if (Number.isFinite(loss)) return;
  throw new LearnError(
    'numerical_failure',
    'The loss is no finite number any more: scale the features or lower learningRateInit.',
    { parameter: 'learningRateInit' },
  );
}
