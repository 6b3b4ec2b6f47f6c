import type { ClassLabel } from '../../../learn/preprocessing/label-encoder.js';
import { modelFileInvalid, shown } from '../model-file-invalid.js';
import { type Field, fieldsOf, integersOf, NotProtobuf, textOf } from './protobuf-fields.js';

/**
 * Looks into an ONNX file before a runtime does (field numbers are those of onnx/onnx.proto): operators that no runtime
 * here has, tensors that lie in other files, labels of classes. It also takes out ZipMap, which turns the probabilities
 * into one dictionary a row: the runtime's binding for Node cannot give such an output, and we want the numbers.
 */
export interface OnnxFile {
  /** Without ZipMap. */
  readonly bytes: Uint8Array;
  readonly classes: readonly ClassLabel[] | undefined;
  readonly softmaxOutputs: ReadonlySet<string>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly about: Readonly<Record<string, string | number>>;
}

/** Those that the runtime knows by itself. */
const KNOWN_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft', 'com.microsoft.nchwc']);
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8, metadata: 14, functions: 25 } as const;
const GRAPH = { node: 1, initializer: 5, output: 12, sparseInitializer: 15 } as const;
const EXTERNAL = 1;
const MAX_DEPTH = 32;

interface Node {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, readonly Field[]>;
}

/** @throws Problem model_file_invalid */
export function readOnnxFile(bytes: Uint8Array): OnnxFile {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof NotProtobuf) throw modelFileInvalid('it is damaged, or no ONNX file');
    throw error;
  }
}

function read(bytes: Uint8Array): OnnxFile {
  const model = [...fieldsOf(bytes)];
  // A message that occurs twice is merged by every reader, which is what putting the bytes together does.
  const graphs = model.filter(({ number }) => number === MODEL.graph).map((field) => field.bytes);
  if (graphs.length === 0) throw modelFileInvalid('it holds no graph: it is damaged, or no ONNX file');
  const fields = [...fieldsOf(graphs.length === 1 ? (graphs[0] as Uint8Array) : Buffer.concat(graphs))];
  const nodes = checkGraph(fields, 0);
  for (const { number, bytes: body } of model) if (number === MODEL.functions) checkFunction(body);
  const zipMaps = nodes.filter(({ operator }) => operator === 'ZipMap');
  const withoutZipMap = zipMaps.length === 0 ? bytes : replaceGraph(model, withoutZipMaps(fields, zipMaps));
  const metadata = new Map(model.filter(({ number }) => number === MODEL.metadata).map(entryOf));
  const opsets = model.filter(({ number }) => number === MODEL.opset).map(({ bytes: body }) => opsetOf(body));
  const text = (wanted: number) =>
    shown(textOf(model.find(({ number }) => number === wanted)?.bytes ?? new Uint8Array(0)));
  return {
    bytes: withoutZipMap,
    classes: classesOf(nodes),
    softmaxOutputs: new Set(nodes.filter(({ operator }) => operator === 'Softmax').flatMap((n) => n.outputs)),
    metadata,
    about: {
      producer: text(MODEL.producer),
      irVersion: model.find(({ number }) => number === MODEL.irVersion)?.integer ?? 0,
      opset: opsets.find(({ domain }) => domain === '')?.version ?? 0,
      nOperators: nodes.length,
    },
  };
}

/** Also the graphs within loops and branches. */
function checkGraph(fields: readonly Field[], depth: number): Node[] {
  if (depth > MAX_DEPTH) throw modelFileInvalid('its graphs are nested too deep');
  const nodes: Node[] = [];
  for (const { number, bytes } of fields) {
    if (number === GRAPH.node) nodes.push(checkNode(bytes, depth));
    else if (number === GRAPH.initializer) checkTensor(bytes);
    else if (number === GRAPH.sparseInitializer) checkSparse(bytes);
  }
  return nodes;
}

function checkNode(bytes: Uint8Array, depth: number): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Field[]>();
  let [operator, domain] = ['', ''];
  for (const { number, bytes: body } of fieldsOf(bytes)) {
    if (number === 1) inputs.push(textOf(body));
    else if (number === 2) outputs.push(textOf(body));
    else if (number === 4) operator = textOf(body);
    else if (number === 7) domain = textOf(body);
    else if (number === 5) {
      const fields = [...fieldsOf(body)];
      checkAttribute(fields, depth);
      attributes.set(textOf(fields.find((field) => field.number === 1)?.bytes ?? body), fields);
    }
  }
  if (!KNOWN_DOMAINS.has(domain)) {
    throw modelFileInvalid(`it needs the custom operator ${shown(operator)} of the domain ${shown(domain)}`);
  }
  return { operator, domain, inputs, outputs, attributes };
}

function checkAttribute(fields: readonly Field[], depth: number): void {
  for (const { number, bytes } of fields) {
    if (number === 5 || number === 10) checkTensor(bytes);
    else if (number === 6 || number === 11) checkGraph([...fieldsOf(bytes)], depth + 1);
    else if (number === 22 || number === 23) checkSparse(bytes);
  }
}

function checkFunction(bytes: Uint8Array): void {
  for (const { number, bytes: body } of fieldsOf(bytes)) if (number === 7) checkNode(body, 1);
}

/** TensorProto: 13 external_data, 14 data_location. */
function checkTensor(bytes: Uint8Array): void {
  for (const { number, integer } of fieldsOf(bytes)) {
    if (number === 13 || (number === 14 && integer === EXTERNAL)) {
      throw modelFileInvalid('its numbers lie in another file; save it as one file');
    }
  }
}

function checkSparse(bytes: Uint8Array): void {
  for (const { number, bytes: body } of fieldsOf(bytes)) if (number === 1 || number === 2) checkTensor(body);
}

function opsetOf(bytes: Uint8Array): { domain: string; version: number } {
  const fields = [...fieldsOf(bytes)];
  const domain = textOf(fields.find(({ number }) => number === 1)?.bytes ?? new Uint8Array(0));
  return { domain, version: fields.find(({ number }) => number === 2)?.integer ?? 0 };
}

function entryOf({ bytes }: Field): [string, string] {
  const fields = [...fieldsOf(bytes)];
  const text = (wanted: number) =>
    textOf(fields.find(({ number }) => number === wanted)?.bytes ?? new Uint8Array(0));
  return [text(1), text(2)];
}

/** Of the last operator that names labels: AttributeProto has 8 ints and 9 strings. */
function classesOf(nodes: readonly Node[]): ClassLabel[] | undefined {
  for (const { attributes } of [...nodes].reverse()) {
    for (const [name, fields] of attributes) {
      if (!/^classlabels?_/.test(name)) continue;
      const texts = fields.filter(({ number }) => number === 9).map(({ bytes }) => textOf(bytes));
      if (texts.length > 1) return texts;
      const integers = fields.filter(({ number }) => number === 8).flatMap(integersOf);
      if (integers.length > 1) return integers;
    }
  }
  return undefined;
}

/** ZipMap's input becomes the output, as a tensor of floats, which is what ZipMap takes. */
function withoutZipMaps(fields: readonly Field[], zipMaps: readonly Node[]): Uint8Array[] {
  const sources = new Map(zipMaps.map(({ inputs, outputs }) => [outputs[0], inputs[0] ?? '']));
  return fields.flatMap(({ number, bytes, whole }) => {
    if (number === GRAPH.node) {
      const outputs = [...fieldsOf(bytes)].filter((field) => field.number === 2).map((f) => textOf(f.bytes));
      return outputs.some((name) => sources.has(name)) ? [] : [whole];
    }
    if (number !== GRAPH.output) return [whole];
    const name = textOf([...fieldsOf(bytes)].find((field) => field.number === 1)?.bytes ?? bytes);
    const source = sources.get(name);
    return source === undefined ? [whole] : [lengthDelimited(GRAPH.output, floatMatrix(source))];
  });
}

/** ValueInfoProto of a tensor of floats with two dimensions of any length. */
function floatMatrix(name: string): Uint8Array {
  const shape = lengthDelimited(2, Buffer.concat([lengthDelimited(1, EMPTY), lengthDelimited(1, EMPTY)]));
  const tensor = lengthDelimited(1, Buffer.concat([Uint8Array.of(8, 1), shape]));
  return Buffer.concat([lengthDelimited(1, Buffer.from(name)), lengthDelimited(2, tensor)]);
}

const EMPTY = new Uint8Array(0);

function replaceGraph(model: readonly Field[], pieces: readonly Uint8Array[]): Uint8Array {
  const others = model.filter(({ number }) => number !== MODEL.graph).map(({ whole }) => whole);
  return Buffer.concat([...others, lengthDelimited(MODEL.graph, Buffer.concat(pieces))]);
}

function lengthDelimited(number: number, bytes: Uint8Array): Uint8Array {
  const head = [number * 8 + 2];
  let rest = bytes.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  head.push(rest);
  return Buffer.concat([Uint8Array.from(head), bytes]);
}
