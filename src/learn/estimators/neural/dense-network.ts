/**
 * Fully connected layers: forward, and backward by the chain rule. Knows nothing of batches' origin, of
 * optimisers or of stopping; the training loop knows nothing of layers.
 *
 * All parameters lie in one vector: for each layer its weights, row-major (inputs * outputs), then its biases. So an
 * optimiser sees one array, and a layer is a view of it. Activations of a batch are row-major and kept per layer for
 * the way back. Inner loops run along the outputs of a layer, where both operands are contiguous; an input of zero
 * (half of all, after relu) is skipped.
 */
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

export class DenseNetwork {
  readonly layers: readonly Layer[];
  readonly nInputs: number;
  readonly nOutputs: number;
  /** Scratch: outputs of each layer for a batch, and the slopes of the loss by them. */
  private readonly outputs: readonly Float64Array[];
  private readonly slopes: readonly Float64Array[];

  /** @param maxRows the largest batch that will come */
  constructor(
    readonly shape: NetworkShape,
    readonly maxRows: number,
  ) {
    this.layers = layersOf(shape.sizes);
    this.nInputs = shape.sizes[0] as number;
    this.nOutputs = shape.sizes.at(-1) as number;
    this.outputs = this.layers.map(({ nOutputs }) => new Float64Array(maxRows * nOutputs));
    this.slopes = this.layers.map(({ nOutputs }) => new Float64Array(maxRows * nOutputs));
  }

  /** The outputs for a batch: a view of scratch memory, row-major nRows * nOutputs, good until the next call. */
  forward(parameters: Float64Array, inputs: Float64Array, nRows: number): Float64Array {
    let below = inputs;
    for (const [l, layer] of this.layers.entries()) {
      const out = this.outputs[l] as Float64Array;
      multiply(parameters, layer, below, nRows, out);
      const isLast = l === this.layers.length - 1;
      if (!isLast) activate(this.shape.activation, out, nRows * layer.nOutputs);
      else if (this.shape.output === 'logistic') activate('logistic', out, nRows * layer.nOutputs);
      else if (this.shape.output === 'softmax') softmax(out, nRows, layer.nOutputs);
      below = out;
    }
    return below.subarray(0, nRows * this.nOutputs);
  }

  /**
   * Adds the gradient of the summed weighted loss of a batch, and gives that sum. The loss follows from the output
   * unit: half of the squared error, or the cross entropy; with each, the slope is "output less target".
   * @param targets row-major nRows * nOutputs
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
    const predicted = this.forward(parameters, inputs, nRows);
    const top = this.slopes.at(-1) as Float64Array;
    let loss = 0;
    for (let i = 0; i < nRows; i++) {
      const weight = weights[i] as number;
      for (let k = 0; k < this.nOutputs; k++) {
        const at = i * this.nOutputs + k;
        const target = targets[at] as number;
        loss += weight * lossOf(this.shape.output, predicted[at] as number, target);
        top[at] = weight * ((predicted[at] as number) - target);
      }
    }
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const layer = this.layers[l] as Layer;
      const slopes = this.slopes[l] as Float64Array;
      const below = l === 0 ? inputs : (this.outputs[l - 1] as Float64Array);
      addGradient(layer, below, slopes, nRows, gradient);
      if (l === 0) break;
      const slopesBelow = this.slopes[l - 1] as Float64Array;
      multiplyBack(parameters, layer, slopes, nRows, slopesBelow);
      timesDerivative(this.shape.activation, slopesBelow, below, nRows * layer.nInputs);
    }
    return loss;
  }
}

function lossOf(output: OutputUnit, predicted: number, target: number): number {
  if (output === 'identity') return (predicted - target) ** 2 / 2;
  const p = Math.min(Math.max(predicted, Number.EPSILON), 1 - Number.EPSILON);
  const hit = target === 0 ? 0 : -target * Math.log(p);
  return output === 'softmax' || target === 1 ? hit : hit - (1 - target) * Math.log(1 - p);
}

function multiply(
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
      if (input === 0) continue;
      const row = weightsAt + j * nOutputs;
      for (let k = 0; k < nOutputs; k++) out[base + k]! += input * (parameters[row + k] as number);
    }
  }
}

function multiplyBack(
  parameters: Float64Array,
  { nInputs, nOutputs, weightsAt }: Layer,
  slopes: Float64Array,
  nRows: number,
  out: Float64Array,
): void {
  for (let i = 0; i < nRows; i++) {
    for (let j = 0; j < nInputs; j++) {
      const row = weightsAt + j * nOutputs;
      let sum = 0;
      for (let k = 0; k < nOutputs; k++) {
        sum += (slopes[i * nOutputs + k] as number) * (parameters[row + k] as number);
      }
      out[i * nInputs + j] = sum;
    }
  }
}

function addGradient(
  { nInputs, nOutputs, weightsAt, biasesAt }: Layer,
  inputs: Float64Array,
  slopes: Float64Array,
  nRows: number,
  gradient: Float64Array,
): void {
  for (let i = 0; i < nRows; i++) {
    const base = i * nOutputs;
    for (let j = 0; j < nInputs; j++) {
      const input = inputs[i * nInputs + j] as number;
      if (input === 0) continue;
      const row = weightsAt + j * nOutputs;
      for (let k = 0; k < nOutputs; k++) gradient[row + k]! += input * (slopes[base + k] as number);
    }
    for (let k = 0; k < nOutputs; k++) gradient[biasesAt + k]! += slopes[base + k] as number;
  }
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
