import { ProtobufWriter } from './protobuf-writer.js';

/**
 * The messages of ONNX (github.com/onnx/onnx, onnx/onnx.proto) that a pipeline needs. Field numbers are the format's.
 */

/** Element types by their numbers in TensorProto.DataType. */
const ELEMENT_TYPES = { int64: 7, string: 8, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** A constant. Integers are given as numbers and written in 64 bit; booleans as 0 and 1. */
export type OnnxTensor =
  | { readonly type: 'double'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly type: 'int64' | 'bool'; readonly shape: readonly number[]; readonly data: readonly number[] }
  | { readonly type: 'string'; readonly shape: readonly number[]; readonly data: readonly string[] };

/** An attribute's value. `ints` and `texts` are lists even when they are empty or have one element. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: Iterable<number> }
  | { readonly text: string }
  | { readonly texts: Iterable<string> }
  | { readonly tensor: OnnxTensor };

export interface OnnxNode {
  readonly operator: string;
  /** '' for the operators of ONNX itself. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output: rows first, then as many columns as said; null: no second dimension. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly nColumns: number | null;
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly { readonly name: string; readonly tensor: OnnxTensor }[];
  readonly nodes: readonly OnnxNode[];
}

export interface OnnxModel {
  readonly producer: string;
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of ONNX's own operators; default OPSET. */
  readonly opset?: number;
}

/** Of 2022: every runtime of the last years reads it. */
const IR_VERSION = 8;
export const OPSET = 17;
export const ML_OPSET = 3;
export const ML_DOMAIN = 'ai.onnx.ml';
/** Operators of onnxruntime itself, declared only where one is used. */
export const RUNTIME_DOMAIN = 'com.microsoft';
const ATTRIBUTE_TYPES = { int: 2, text: 3, tensor: 4, ints: 7, texts: 8 } as const;

/** A model file. Equal models give equal bytes. */
export function encodeModel({ producer, graph, metadata, opset = OPSET }: OnnxModel): Uint8Array {
  const model = new ProtobufWriter().integer(1, IR_VERSION).text(2, producer);
  model.message(7, (message) => writeGraph(message, graph));
  const opsets: [string, number][] = [
    ['', opset],
    [ML_DOMAIN, ML_OPSET],
  ];
  if (graph.nodes.some(({ domain }) => domain === RUNTIME_DOMAIN)) opsets.push([RUNTIME_DOMAIN, 1]);
  for (const [domain, version] of opsets) {
    model.message(8, (message) => message.text(1, domain).integer(2, version));
  }
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, (message) => message.text(1, key).text(2, value));
  }
  return model.finish();
}

function writeGraph(message: ProtobufWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message.message(1, (inner) => writeNode(inner, node));
  message.text(2, 'pipeline');
  for (const { name, tensor } of graph.constants) {
    message.message(5, (inner) => writeTensor(inner, tensor, name));
  }
  for (const value of graph.inputs) message.message(11, (inner) => writeValue(inner, value));
  for (const value of graph.outputs) message.message(12, (inner) => writeValue(inner, value));
}

function writeNode(message: ProtobufWriter, node: OnnxNode): void {
  for (const name of node.inputs) message.text(1, name);
  for (const name of node.outputs) message.text(2, name);
  message.text(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message.message(5, (inner) => writeAttribute(inner, name, attribute));
  }
  if (node.domain !== '') message.text(7, node.domain);
}

function writeAttribute(message: ProtobufWriter, name: string, attribute: OnnxAttribute): void {
  message.text(1, name);
  if ('int' in attribute) message.integer(3, attribute.int).integer(20, ATTRIBUTE_TYPES.int);
  else if ('ints' in attribute) message.integers(8, attribute.ints).integer(20, ATTRIBUTE_TYPES.ints);
  else if ('text' in attribute) message.text(4, attribute.text).integer(20, ATTRIBUTE_TYPES.text);
  else if ('tensor' in attribute) {
    const { tensor } = attribute;
    message.message(5, (inner) => writeTensor(inner, tensor, name)).integer(20, ATTRIBUTE_TYPES.tensor);
  } else {
    message.texts(9, attribute.texts).integer(20, ATTRIBUTE_TYPES.texts);
  }
}

function writeTensor(message: ProtobufWriter, tensor: OnnxTensor, name: string): void {
  message.integers(1, tensor.shape).integer(2, ELEMENT_TYPES[tensor.type]);
  if (tensor.type === 'string') for (const text of tensor.data) message.text(6, text);
  message.text(8, name);
  if (tensor.type === 'double') {
    const { buffer, byteOffset, byteLength } = tensor.data;
    message.bytes(9, new Uint8Array(buffer, byteOffset, byteLength));
  } else if (tensor.type === 'int64') {
    const { buffer } = BigInt64Array.from(tensor.data, BigInt);
    message.bytes(9, new Uint8Array(buffer));
  } else if (tensor.type === 'bool') {
    message.bytes(9, Uint8Array.from(tensor.data));
  }
}

function writeValue(message: ProtobufWriter, { name, type, nColumns }: OnnxValue): void {
  message.text(1, name).message(2, (typeMessage) =>
    typeMessage.message(1, (tensor) =>
      tensor.integer(1, ELEMENT_TYPES[type]).message(2, (shape) => {
        shape.message(1, (dimension) => dimension.text(2, 'rows'));
        if (nColumns !== null) shape.message(1, (dimension) => dimension.integer(1, nColumns));
      }),
    ),
  );
}
