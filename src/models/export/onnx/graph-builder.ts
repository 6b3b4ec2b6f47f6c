import {
  type ElementType,
  ML_DOMAIN,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  OPSET,
  RUNTIME_DOMAIN,
} from './onnx-messages.js';

/** A value inside the graph, by its name. */
export type Value = string;
type Attributes = Readonly<Record<string, OnnxAttribute>>;

/**
 * Builds a graph one operation at a time: each method adds a node and gives the name of what it makes. Numbers are 64 bit throughout, as they
 * are here: a comparison of a float with a threshold would send a row down another branch.
 */
export class GraphBuilder {
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #constants: { name: string; tensor: OnnxTensor }[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #taken: Set<string>;
  #count = 0;
  #opset = OPSET;

  /** @param inputNames of the inputs that will be added: nothing else may bear these names */
  constructor(inputNames: readonly string[]) {
    this.#taken = new Set(inputNames);
  }

  /** The oldest opset that has all operators in use. */
  get opset(): number {
    return this.#opset;
  }

  needOpset(opset: number): void {
    this.#opset = Math.max(this.#opset, opset);
  }

  input(name: string, type: ElementType): Value {
    this.#inputs.push({ name, type, nColumns: 1 });
    return name;
  }

  /** @returns the name that it has: the one wanted, with as many `_` as it needs to differ from every input's */
  output(wanted: string, value: Value, type: ElementType, nColumns: number | null): string {
    let name = wanted;
    while (this.#taken.has(name)) name += '_';
    this.#taken.add(name);
    this.#outputs.push({ name, type, nColumns });
    this.#nodes.push({
      operator: 'Identity',
      domain: '',
      inputs: [value],
      outputs: [name],
      attributes: {},
    });
    return name;
  }

  /** Doubles; without a shape: a scalar or, for a list, one row. */
  numbers(data: number | Float64Array | readonly number[], shape?: readonly number[]): Value {
    const values = typeof data === 'number' ? Float64Array.of(data) : Float64Array.from(data);
    const dimensions = shape ?? (typeof data === 'number' ? [] : [1, values.length]);
    return this.constant({ type: 'double', shape: dimensions, data: values });
  }

  /** One text. */
  texts(text: string): Value {
    return this.constant({ type: 'string', shape: [], data: [text] });
  }

  /** A vector of 64-bit integers. */
  integers(...data: number[]): Value {
    return this.constant({ type: 'int64', shape: [data.length], data });
  }

  constant(tensor: OnnxTensor): Value {
    const name = this.#newName();
    this.#constants.push({ name, tensor });
    return name;
  }

  apply(operator: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.applyMany(operator, inputs, 1, attributes)[0] as Value;
  }

  applyMany(
    operator: string,
    inputs: readonly Value[],
    nOutputs: number,
    attributes: Attributes = {},
  ): Value[] {
    const outputs = Array.from({ length: nOutputs }, () => this.#newName());
    this.#nodes.push({ operator, domain: '', inputs, outputs, attributes });
    return outputs;
  }

  /** An operator of the domain for classical machine learning. */
  applyMl(operator: string, inputs: readonly Value[], attributes: Attributes): Value {
    const output = this.#newName();
    this.#nodes.push({ operator, domain: ML_DOMAIN, inputs, outputs: [output], attributes });
    return output;
  }

  /** An operator that onnxruntime has beside those of ONNX: no other program runs a model that uses one. */
  applyRuntime(operator: string, inputs: readonly Value[], attributes: Attributes): Value {
    const output = this.#newName();
    this.#nodes.push({ operator, domain: RUNTIME_DOMAIN, inputs, outputs: [output], attributes });
    return output;
  }

  add = (a: Value, b: Value): Value => this.apply('Add', [a, b]);
  subtract = (a: Value, b: Value): Value => this.apply('Sub', [a, b]);
  multiply = (a: Value, b: Value): Value => this.apply('Mul', [a, b]);
  divide = (a: Value, b: Value): Value => this.apply('Div', [a, b]);
  negate = (a: Value): Value => this.apply('Neg', [a]);
  where = (condition: Value, a: Value, b: Value): Value => this.apply('Where', [condition, a, b]);
  matrixProduct = (a: Value, b: Value): Value => this.apply('MatMul', [a, b]);
  toDouble = (a: Value): Value => this.apply('Cast', [a], { to: { int: 11 } });
  toInteger = (a: Value): Value => this.apply('Cast', [a], { to: { int: 7 } });

  /** Columns side by side. */
  join(values: readonly Value[]): Value {
    return values.length === 1 ? (values[0] as Value) : this.apply('Concat', values, { axis: { int: 1 } });
  }

  /** Columns of a matrix, in this order. */
  columns(matrix: Value, indices: readonly number[]): Value {
    return this.apply('Gather', [matrix, this.integers(...indices)], { axis: { int: 1 } });
  }

  /** Sums along an axis, which goes. */
  sum(value: Value, axis: number): Value {
    return this.apply('ReduceSum', [value, this.integers(axis)], { keepdims: { int: 0 } });
  }

  finish(): OnnxGraph {
    return { inputs: this.#inputs, outputs: this.#outputs, constants: this.#constants, nodes: this.#nodes };
  }

  #newName(): string {
    let name: string;
    do name = `v${this.#count++}`;
    while (this.#taken.has(name));
    return name;
  }
}
