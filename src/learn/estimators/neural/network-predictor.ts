import type { EstimatorState, Predictor, Task } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import { damaged, readChoice, readFloat64Vector, readObject } from '../../preprocessing/state-reader.js';
import type { Tensor } from '../../tensor.js';
import { readCount, readFloat64Matrix } from '../read-state.js';
import { ACTIVATIONS } from './activations.js';
import { DenseNetwork, layersOf, type NetworkShape, parameterCount } from './dense-network.js';

const ROWS_AT_ONCE = 64;
const MAX_LAYERS = 1000;

/** Asks a trained network; a single logistic unit speaks for the second of two classes. */
export function networkPredictor(
  shape: NetworkShape,
  parameters: Float64Array,
  facts?: JsonObject,
  warnings?: readonly string[],
): Predictor {
  const network = new DenseNetwork(shape, ROWS_AT_ONCE);
  const { nInputs } = network;
  const isBinary = shape.output === 'logistic';
  const nOutputs = isBinary ? 2 : network.nOutputs;
  return {
    nFeatures: nInputs,
    nOutputs,
    outputKind: shape.output === 'identity' ? 'value' : 'probabilities',
    predictInto(rows, nRows, out) {
      for (let from = 0; from < nRows; from += ROWS_AT_ONCE) {
        const count = Math.min(ROWS_AT_ONCE, nRows - from);
        const outputs = network.forward(parameters, rows.subarray(from * nInputs), count);
        for (let i = 0; i < outputs.length; i++) {
          const value = outputs[i] as number;
          if (isBinary) {
            out[2 * (from + i)] = 1 - value;
            out[2 * (from + i) + 1] = value;
          } else {
            out[from * nOutputs + i] = value;
          }
        }
      }
    },
    toState: () => networkState(shape, parameters),
    facts,
    warnings,
  };
}

function networkState(shape: NetworkShape, parameters: Float64Array): EstimatorState {
  const layers = layersOf(shape.sizes);
  const tensors: Record<string, Tensor> = {};
  for (const [l, { nInputs, nOutputs, weightsAt, biasesAt }] of layers.entries()) {
    tensors[`weights.${l}`] = { shape: [nInputs, nOutputs], data: parameters.slice(weightsAt, biasesAt) };
    tensors[`biases.${l}`] = { shape: [nOutputs], data: parameters.slice(biasesAt, biasesAt + nOutputs) };
  }
  return { config: { nLayers: layers.length, activation: shape.activation, output: shape.output }, tensors };
}

/** @throws LearnError invalid_state */
export function restoreNetwork(state: EstimatorState, task: Task): Predictor {
  const config = readObject(state.config, 'config');
  const nLayers = readCount(config.nLayers, 1, MAX_LAYERS, 'nLayers');
  const activation = readChoice(config.activation, ACTIVATIONS, 'activation');
  const allowed = task === 'regression' ? (['identity'] as const) : (['logistic', 'softmax'] as const);
  const output = readChoice<NetworkShape['output']>(config.output, allowed, 'output');
  const sizes: number[] = [];
  const parts: Float64Array[] = [];
  for (let l = 0; l < nLayers; l++) {
    const { nRows, nColumns, data } = readFloat64Matrix(state.tensors, `weights.${l}`, sizes.at(-1));
    if (nColumns < 1) throw damaged(`tensor weights.${l}`, 'a matrix of at least one column');
    if (l === 0) sizes.push(nRows);
    sizes.push(nColumns);
    parts.push(data, readFloat64Vector(state.tensors, `biases.${l}`, nColumns));
  }
  const isSingle = sizes.at(-1) === 1;
  if (output !== 'softmax' && !isSingle) throw damaged(`tensor weights.${nLayers - 1}`, 'a single column');
  const parameters = new Float64Array(parameterCount(sizes));
  let at = 0;
  for (const part of parts) {
    parameters.set(part, at);
    at += part.length;
  }
  return networkPredictor({ sizes, activation, output }, parameters);
}
