import {
  encodeModel,
  ML_DOMAIN,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
} from '../../export/onnx/onnx-messages.js';

/** Small ONNX models, written with our own writer. */

type Constants = Readonly<Record<string, OnnxTensor>>;

export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxNode['attributes'] = {},
  domain = '',
): OnnxNode {
  return { operator, domain, inputs, outputs, attributes };
}

export function toyOnnx(
  inputs: OnnxGraph['inputs'],
  outputs: OnnxGraph['outputs'],
  nodes: readonly OnnxNode[],
  constants: Constants = {},
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const graph = {
    inputs,
    outputs,
    nodes,
    constants: Object.entries(constants).map(([name, tensor]) => ({ name, tensor })),
  };
  return Buffer.from(encodeModel({ producer: 'toy', graph, metadata }));
}

const X = { name: 'x', type: 'double', nColumns: 1 } as const;
const Y = { name: 'y', type: 'double', nColumns: 1 } as const;

/** y = op(x). */
export function unary(operator: string, domain = ''): Uint8Array {
  return toyOnnx([X], [Y], [node(operator, ['x'], ['y'], {}, domain)]);
}

/** y = x, after the product of two square matrices whose side is the largest x: what it costs is the caller's choice. */
export function costly(): Uint8Array {
  const numbers = (data: readonly number[]): OnnxTensor => ({ type: 'int64', shape: [1], data });
  const zero: OnnxTensor = { type: 'double', shape: [1], data: Float64Array.of(0) };
  return toyOnnx(
    [X],
    [Y],
    [
      node('ReduceMax', ['x'], ['largest'], { keepdims: { int: 0 } }),
      node('Cast', ['largest'], ['size'], { to: { int: 7 } }),
      node('Reshape', ['size', 'one'], ['side']),
      node('Concat', ['side', 'side'], ['shape'], { axis: { int: 0 } }),
      node('ConstantOfShape', ['shape'], ['matrix'], { value: { tensor: zero } }),
      node('MatMul', ['matrix', 'matrix'], ['product']),
      node('ReduceSum', ['product'], ['sum'], { keepdims: { int: 0 } }),
      node('Add', ['x', 'sum'], ['y']),
    ],
    { one: numbers([1]) },
  );
}

/** y = x plus the sum of a matrix of 30,000 x 30,000, which no file shows by its size. */
export function greedy(): Uint8Array {
  const zero: OnnxTensor = { type: 'double', shape: [1], data: Float64Array.of(0) };
  return toyOnnx(
    [X],
    [Y],
    [
      node('ConstantOfShape', ['shape'], ['matrix'], { value: { tensor: zero } }),
      node('ReduceSum', ['matrix'], ['sum'], { keepdims: { int: 0 } }),
      node('Add', ['x', 'sum'], ['y']),
    ],
    { shape: { type: 'int64', shape: [2], data: [30_000, 30_000] } },
  );
}

/** Two columns a and b to the probabilities of no and yes, as one dictionary a row: what skl2onnx writes. */
export function zipMapped(): Uint8Array {
  return toyOnnx(
    [
      { name: 'a', type: 'double', nColumns: 1 },
      { name: 'b', type: 'double', nColumns: 1 },
    ],
    [
      { name: 'output_label', type: 'string', nColumns: null },
      { name: 'output_probability', type: 'double', nColumns: 2 },
    ],
    [
      node('Concat', ['a', 'b'], ['both'], { axis: { int: 1 } }),
      node('Softmax', ['both'], ['shares'], { axis: { int: 1 } }),
      node('Cast', ['shares'], ['probabilities'], { to: { int: 1 } }),
      node('ArgMax', ['shares'], ['best'], { axis: { int: 1 }, keepdims: { int: 0 } }),
      node('Gather', ['labels', 'best'], ['output_label']),
      node(
        'ZipMap',
        ['probabilities'],
        ['output_probability'],
        { classlabels_strings: { texts: ['no', 'yes'] } },
        ML_DOMAIN,
      ),
    ],
    { labels: { type: 'string', shape: [2], data: ['no', 'yes'] } },
  );
}
