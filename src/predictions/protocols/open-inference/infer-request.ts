import type { IncomingHttpHeaders } from 'node:http';
import type { ScoringRequest } from '../../scoring/scoring-request.js';
import {
  type ModelFacts,
  type ScoringInput,
  shapesBeyondColumns,
  type TensorShapes,
} from '../../scoring/served-model.js';
import { isObject, parseJson } from '../json-text.js';
import { BinaryTail, type InputTensor, readTensor, refused } from './input-tensor.js';

/** With what the reply must know of the request. */
export interface InferRequest extends ScoringRequest {
  readonly id?: string;
  readonly outputs: readonly RequestedOutput[];
}

export interface RequestedOutput {
  readonly name: string;
  readonly isBinary: boolean;
}

const NO_OPTIONS = {};

/** Columns are ten thousand at most; a request with more inputs than this is none. */
const MAX_INPUTS = 20_000;

/**
 * @param available the names of the model's outputs
 * @throws Problem invalid_json, invalid_request, payload_too_large
 */
export function readInferRequest(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  facts: ModelFacts,
  available: readonly string[],
  maxRows: number,
): InferRequest {
  const nJsonBytes = jsonLength(headers, body.length);
  const request = parseJson(body.subarray(0, nJsonBytes));
  if (!isObject(request)) throw refused('The body', 'must be an object with inputs');
  const { inputs, parameters } = request;
  // Clients that write their request from a class write null for what it does not have.
  const { id, outputs } = { id: request['id'] ?? undefined, outputs: request['outputs'] ?? undefined };
  if (id !== undefined && typeof id !== 'string') throw refused('id', 'must be a string');
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > MAX_INPUTS) {
    throw refused('inputs', 'must be a list of at least one tensor');
  }
  const tail = new BinaryTail(body.subarray(nJsonBytes));
  const tensors = inputs.map((input, i) => readTensor(input, `inputs[${i}]`, tail, maxRows));
  if (!tail.isUsedUp) throw refused('The body', 'must not be longer than its tensors');
  const options = isObject(parameters) ? parameters : {};
  return {
    input: columnsOf(tensors, facts),
    options: NO_OPTIONS,
    outputs: readOutputs(outputs, available, options['binary_data_output'] === true),
    ...(id === undefined ? {} : { id }),
  };
}

function jsonLength(headers: IncomingHttpHeaders, nBytes: number): number {
  const sent = headers['inference-header-content-length'];
  if (sent === undefined) return nBytes;
  const length = Number(sent);
  if (!Number.isSafeInteger(length) || length < 0 || length > nBytes) {
    throw refused('Inference-Header-Content-Length', 'must be the number of bytes of the JSON');
  }
  return length;
}

/** One input a column, or one numeric matrix with the columns in the order of the model's. */
function columnsOf(tensors: readonly InputTensor[], facts: ModelFacts): ScoringInput {
  const { signature } = facts;
  const [first] = tensors as [InputTensor];
  const nRows = first.shape[0] as number;
  const shapes = shapesBeyondColumns(facts);
  if (shapes !== undefined && tensors.length === 1) return tensorOf(first, shapes);
  const isMatrix =
    tensors.length === 1 &&
    first.shape.length === 2 &&
    first.shape[1] === signature.inputs.length &&
    !(first.shape[1] === 1 && first.name === signature.inputs[0]?.name);
  if (isMatrix) {
    const nColumns = signature.inputs.length;
    const columns = signature.inputs.map(({ name }, k) => ({
      name,
      values: Array.from({ length: nRows }, (_, i) => first.values[i * nColumns + k]),
    }));
    return { kind: 'columns', nRows, columns };
  }
  for (const [i, { shape }] of tensors.entries()) {
    if (shape[0] !== nRows) throw refused(`inputs[${i}].shape`, 'must have as many rows as the first input');
    if (shape.length > 2 || (shape[1] ?? 1) !== 1) {
      const expected = `must be [rows] for a column, or [rows, ${signature.inputs.length}] for the only input`;
      throw refused(`inputs[${i}].shape`, expected);
    }
  }
  if (new Set(tensors.map(({ name }) => name)).size < tensors.length) {
    throw refused('inputs', 'must have each column once');
  }
  return { kind: 'columns', nRows, columns: tensors };
}

/** A tensor of the model's shape, or of as many values in a row. */
function tensorOf({ shape, values }: InputTensor, { name, columns, input }: TensorShapes): ScoringInput {
  const nRows = shape[0] as number;
  const width = input.reduce((product, size) => product * size, 1);
  const isFlat = shape.length === 2 && shape[1] === width;
  const isSame = shape.length === input.length + 1 && input.every((size, k) => size === shape[k + 1]);
  if (!isFlat && !isSame) throw refused('inputs[0].shape', `must be [rows, ${input.join(', ')}]`);
  const numbers = new Float64Array(values.length);
  for (const [k, value] of values.entries()) {
    if (typeof value === 'string') throw refused('inputs[0].datatype', 'must be one of numbers');
    numbers[k] = value === null ? Number.NaN : Number(value);
  }
  return { kind: 'tensor', nRows, name, columns, values: numbers };
}

function readOutputs(outputs: unknown, available: readonly string[], isBinary: boolean): RequestedOutput[] {
  if (outputs === undefined) return available.map((name) => ({ name, isBinary }));
  if (!Array.isArray(outputs)) throw refused('outputs', 'must be a list');
  const requested = outputs.map((output: unknown, i) => {
    const { name, parameters } = isObject(output) ? output : { name: undefined, parameters: undefined };
    if (typeof name !== 'string' || !available.includes(name)) {
      throw refused(`outputs[${i}].name`, `must be one of ${available.join(', ')}`);
    }
    const own = isObject(parameters) ? parameters['binary_data'] : undefined;
    return { name, isBinary: typeof own === 'boolean' ? own : isBinary };
  });
  // Each is written as often as it is asked for: a short request could ask for a reply without end.
  if (new Set(requested.map(({ name }) => name)).size < requested.length) {
    throw refused('outputs', 'must have each output once');
  }
  return requested;
}
