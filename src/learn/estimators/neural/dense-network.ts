/**
 * Fully connected layers: forward, and backward by the chain rule. Knows nothing of batches' origin, of
 * optimisers or of stopping; the training loop knows nothing of layers.
 *
 * All parameters lie in one vector: for each layer its weights, row-major (inputs * outputs), then its biases. So an
 * optimiser sees one array, and a layer is a view of it. Activations of a batch are row-major and kept per layer for
 * the way back.
 *
 * Products of matrices run in the memory of the dense kernels, where a pass finds copies of the batch and of the
 * parameters. A handful of rows is not worth the copies and goes through plain loops: they sum in the same
 * order, so a row has the same bits in any company.
 */
import { addRows, expAll, gemm, reluAll, reluSlopes, scratchArrays } from '../../wasm/dense-kernels.js';
import { type Activation, activate, timesDerivative } from './activations.js';

export type OutputUnit = 'identity' | 'logistic' | 'softmax';

export interface NetworkShape {
  /** Inputs, hidden layers, outputs. */
  readonly sizes: readonly number[];
  readonly activation: Activation;
  readonly output: OutputUnit;
}

export interface Layer {
  readonly nInputs: number;
  readonly nOutputs: number;
  readonly weightsAt: number;
  readonly biasesAt: number;
}

export function layersOf(sizes: readonly number[]): Layer[] {
  let at = 0;
  return sizes.slice(1).map((nOutputs, l) => {
    const nInputs = sizes[l] as number;
    const layer = { nInputs, nOutputs, weightsAt: at, biasesAt: at + nInputs * nOutputs };
    at = layer.biasesAt + nOutputs;
    return layer;
  });
}

export function parameterCount(sizes: readonly number[]): number {
  return layersOf(sizes).reduce((sum, { nInputs, nOutputs }) => sum + (nInputs + 1) * nOutputs, 0);
}

/** Fewer rows than this are not worth copying the parameters. */
const LEAST_ROWS_FOR_KERNELS = 4;

export class DenseNetwork {
  readonly layers: readonly Layer[];
  readonly nInputs: number;
  readonly nOutputs: number;
  /** How many numbers say what a row's outputs should be: its class alone for softmax units, else as many as outputs. */
  readonly targetWidth: number;
  /** Scratch: the outputs of the last layer, and for a handful of rows those of all. */
  private readonly predicted: Float64Array;
  private readonly fewOutputs: readonly Float64Array[];
  private readonly nParameters: number;

  /** @param maxRows the largest batch that will come */
  constructor(
    readonly shape: NetworkShape,
    readonly maxRows: number,
  ) {
    this.layers = layersOf(shape.sizes);
    this.nInputs = shape.sizes[0] as number;
    this.nOutputs = shape.sizes.at(-1) as number;
    this.targetWidth = shape.output === 'softmax' ? 1 : this.nOutputs;
    this.nParameters = parameterCount(shape.sizes);
    this.predicted = new Float64Array(maxRows * this.nOutputs);
    this.fewOutputs = this.layers.map(({ nOutputs }) => new Float64Array(LEAST_ROWS_FOR_KERNELS * nOutputs));
  }

  /** The outputs for a batch: a view of scratch memory, row-major nRows * nOutputs, good until the next call. */
  forward(parameters: Float64Array, inputs: Float64Array, nRows: number): Float64Array {
    if (nRows < LEAST_ROWS_FOR_KERNELS) return this.forwardFew(parameters, inputs, nRows);
    const memory = this.takeMemory(nRows, false);
    this.forwardIn(memory, parameters, inputs, nRows);
    this.finishLayer(this.layers.length - 1, memory.outputs.at(-1) as Float64Array, nRows);
    this.predicted.set(memory.outputs.at(-1) as Float64Array);
    return this.predicted.subarray(0, nRows * this.nOutputs);
  }

  /**
   * Adds the gradient of the summed weighted loss of a batch, and gives that sum. The loss follows from the output
   * unit: half of the squared error, or the cross entropy; with each, the slope is "output less target".
   * @param targets row-major nRows * targetWidth
   * @param gradient OUT like `parameters`; added to
   */
  accumulate(
    parameters: Float64Array,
    inputs: Float64Array,
    targets: Float64Array,
    weights: Float64Array,
    nRows: number,
    gradient: Float64Array,
  ): number {
    const { layers, nOutputs } = this;
    const memory = this.takeMemory(nRows, true);
    this.forwardIn(memory, parameters, inputs, nRows);
    const predicted = memory.outputs.at(-1) as Float64Array;
    const top = memory.slopes.at(-1) as Float64Array;
    let loss: number;
    if (this.shape.output === 'softmax') {
      loss = softmaxSlopes(predicted, targets, weights, nRows, nOutputs, top);
    } else {
      this.finishLayer(layers.length - 1, predicted, nRows);
      loss = summedLoss(this.shape.output, predicted, targets, weights, nRows, nOutputs);
      for (let i = 0; i < nRows; i++) {
        const weight = weights[i] as number;
        for (let at = i * nOutputs; at < (i + 1) * nOutputs; at++) {
          top[at] = weight * ((predicted[at] as number) - (targets[at] as number));
        }
      }
    }
    memory.gradient.set(gradient);
    for (let l = layers.length - 1; l >= 0; l--) {
      const layer = layers[l] as Layer;
      const slopes = memory.slopes[l] as Float64Array;
      const below = l === 0 ? memory.inputs : (memory.outputs[l - 1] as Float64Array);
      addGradient(layer, below, slopes, nRows, memory.gradient);
      if (l === 0) break;
      const slopesBelow = memory.slopes[l - 1] as Float64Array;
      multiplyBack(memory, layer, slopes, nRows, slopesBelow);
      const length = nRows * layer.nInputs;
      if (this.shape.activation === 'relu') reluSlopes(length, slopesBelow, below);
      else timesDerivative(this.shape.activation, slopesBelow, below, length);
    }
    gradient.set(memory.gradient);
    return loss;
  }

  private takeMemory(nRows: number, isBackward: boolean): PassMemory {
    const { layers, nParameters } = this;
    const widest = layers.reduce((most, { nInputs, nOutputs }) => Math.max(most, nInputs * nOutputs), 0);
    const activations = layers.map(({ nOutputs }) => nRows * nOutputs);
    const [parameters, inputs, gradient, turned, ...rest] = scratchArrays([
      nParameters,
      nRows * this.nInputs,
      isBackward ? nParameters : 0,
      isBackward ? widest : 0,
      ...activations,
      ...(isBackward ? activations : []),
    ]) as [Float64Array, Float64Array, Float64Array, Float64Array, ...Float64Array[]];
    const outputs = rest.slice(0, layers.length);
    return { parameters, inputs, gradient, turned, outputs, slopes: rest.slice(layers.length) };
  }

  /** Leaves the scores of the last layer as they are: what an output unit makes of them is for the caller. */
  private forwardIn(memory: PassMemory, parameters: Float64Array, inputs: Float64Array, nRows: number): void {
    memory.parameters.set(parameters);
    memory.inputs.set(inputs.subarray(0, nRows * this.nInputs));
    let below = memory.inputs;
    for (const [l, layer] of this.layers.entries()) {
      const { nInputs, nOutputs, weightsAt, biasesAt } = layer;
      const out = memory.outputs[l] as Float64Array;
      const biases = memory.parameters.subarray(biasesAt, biasesAt + nOutputs);
      repeat(biases, nRows, out);
      const rows = { data: below, rowStep: nInputs, columnStep: 1 };
      gemm(nRows, nOutputs, nInputs, rows, memory.parameters.subarray(weightsAt, biasesAt), out, true);
      if (l < this.layers.length - 1) {
        if (this.shape.activation === 'relu') reluAll(nRows * nOutputs, out);
        else this.finishLayer(l, out, nRows);
      }
      below = out;
    }
  }

  private forwardFew(parameters: Float64Array, inputs: Float64Array, nRows: number): Float64Array {
    let below = inputs;
    for (const [l, layer] of this.layers.entries()) {
      const out = this.fewOutputs[l] as Float64Array;
      multiplyFew(parameters, layer, below, nRows, out);
      this.finishLayer(l, out, nRows);
      below = out;
    }
    return below.subarray(0, nRows * this.nOutputs);
  }

  private finishLayer(l: number, out: Float64Array, nRows: number): void {
    const { activation, output } = this.shape;
    const { nOutputs } = this.layers[l] as Layer;
    if (l < this.layers.length - 1) activate(activation, out, nRows * nOutputs);
    else if (output === 'logistic') activate('logistic', out, nRows * nOutputs);
    else if (output === 'softmax') softmax(out, nRows, nOutputs);
  }
}

/** A pass's arrays in the memory of the dense kernels. */
interface PassMemory {
  readonly parameters: Float64Array;
  readonly inputs: Float64Array;
  readonly gradient: Float64Array;
  /** A layer's weights, transposed. */
  readonly turned: Float64Array;
  /** Outputs of each layer, and the slopes of the loss by them. */
  readonly outputs: readonly Float64Array[];
  readonly slopes: readonly Float64Array[];
}

function summedLoss(
  output: 'identity' | 'logistic',
  predicted: Float64Array,
  targets: Float64Array,
  weights: Float64Array,
  nRows: number,
  nOutputs: number,
): number {
  let sum = 0;
  for (let i = 0; i < nRows; i++) {
    let loss = 0;
    for (let at = i * nOutputs; at < (i + 1) * nOutputs; at++) {
      const target = targets[at] as number;
      if (output === 'identity') loss += ((predicted[at] as number) - target) ** 2 / 2;
      else loss += crossEntropy(predicted[at] as number, target);
    }
    sum += (weights[i] as number) * loss;
  }
  return sum;
}

function crossEntropy(predicted: number, target: number): number {
  const p = probability(predicted);
  const hit = target === 0 ? 0 : -target * Math.log(p);
  return target === 1 ? hit : hit - (1 - target) * Math.log(1 - p);
}

/** Away from 0 and 1, whose logarithms are infinite. */
function probability(predicted: number): number {
  return Math.min(Math.max(predicted, Number.EPSILON), 1 - Number.EPSILON);
}

/**
 * Softmax, its summed loss and its slopes in one: the exponential of the kernels is as good as that of the engine to
 * learn from, but not the same to the last bit, so predictions do not use it.
 * @param scores SCRATCH in the kernels' memory @param classes one a row
 * @param slopes OUT
 */
function softmaxSlopes(
  scores: Float64Array,
  classes: Float64Array,
  weights: Float64Array,
  nRows: number,
  width: number,
  slopes: Float64Array,
): number {
  for (let i = 0, at = 0; i < nRows; i++, at += width) {
    let most = scores[at] as number;
    for (let k = 1; k < width; k++) most = Math.max(most, scores[at + k] as number);
    for (let k = 0; k < width; k++) scores[at + k]! -= most;
  }
  expAll(nRows * width, scores, 1);
  let loss = 0;
  for (let i = 0, at = 0; i < nRows; i++, at += width) {
    const weight = weights[i] as number;
    let sum = 0;
    for (let k = 0; k < width; k++) sum += scores[at + k] as number;
    const scale = weight / sum;
    for (let k = 0; k < width; k++) slopes[at + k] = (scores[at + k] as number) * scale;
    const hit = at + (classes[i] as number);
    slopes[hit]! -= weight;
    loss -= weight * Math.log(probability((scores[hit] as number) / sum));
  }
  return loss;
}

/** Fills `out` with copies of the row, doubling what is there: few large moves instead of many small ones. */
function repeat(row: Float64Array, nRows: number, out: Float64Array): void {
  out.set(row);
  const end = nRows * row.length;
  for (let done = row.length; done < end; done *= 2) out.copyWithin(done, 0, Math.min(done, end - done));
}

function multiplyFew(
  parameters: Float64Array,
  { nInputs, nOutputs, weightsAt, biasesAt }: Layer,
  inputs: Float64Array,
  nRows: number,
  out: Float64Array,
): void {
  for (let i = 0; i < nRows; i++) {
    const base = i * nOutputs;
    for (let k = 0; k < nOutputs; k++) out[base + k] = parameters[biasesAt + k] as number;
    for (let j = 0; j < nInputs; j++) {
      const input = inputs[i * nInputs + j] as number;
      const row = weightsAt + j * nOutputs;
      for (let k = 0; k < nOutputs; k++) out[base + k]! += input * (parameters[row + k] as number);
    }
  }
}

/** Slopes times the transposed weights. */
function multiplyBack(
  { parameters, turned }: PassMemory,
  { nInputs, nOutputs, weightsAt }: Layer,
  slopes: Float64Array,
  nRows: number,
  out: Float64Array,
): void {
  for (let j = 0; j < nInputs; j++) {
    const row = weightsAt + j * nOutputs;
    for (let k = 0; k < nOutputs; k++) turned[k * nInputs + j] = parameters[row + k] as number;
  }
  const rows = { data: slopes, rowStep: nOutputs, columnStep: 1 };
  gemm(nRows, nInputs, nOutputs, rows, turned, out, false);
}

function addGradient(
  { nInputs, nOutputs, weightsAt, biasesAt }: Layer,
  inputs: Float64Array,
  slopes: Float64Array,
  nRows: number,
  gradient: Float64Array,
): void {
  const transposed = { data: inputs, rowStep: 1, columnStep: nInputs };
  gemm(nInputs, nOutputs, nRows, transposed, slopes, gradient.subarray(weightsAt, biasesAt), true);
  addRows(nRows, nOutputs, slopes, gradient.subarray(biasesAt, biasesAt + nOutputs));
}

function softmax(values: Float64Array, nRows: number, width: number): void {
  for (let i = 0; i < nRows; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < width; k++) most = Math.max(most, values[i * width + k] as number);
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const e = Math.exp((values[i * width + k] as number) - most);
      values[i * width + k] = e;
      sum += e;
    }
    for (let k = 0; k < width; k++) values[i * width + k]! /= sum;
  }
}
