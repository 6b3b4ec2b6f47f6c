import { readFile } from 'node:fs/promises';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ClassLabel } from '../../../learn/preprocessing/label-encoder.js';
import { loadRuntime, type Runtime } from '../../export/onnx/onnx-session.js';
import type { Engine, EngineFacts, Feed, ResultTensor } from '../engine.js';
import type { ElementKind, TensorDeclaration } from '../foreign-model.js';
import { modelFileInvalid, shown } from '../model-file-invalid.js';
import { halfToNumber, numberToHalf } from './half-floats.js';
import { type OnnxFile, readOnnxFile } from './onnx-file.js';

const KINDS: Readonly<Record<string, ElementKind>> = {
  float16: 'float',
  float32: 'float',
  float64: 'float',
  int8: 'integer',
  uint8: 'integer',
  int16: 'integer',
  uint16: 'integer',
  int32: 'integer',
  uint32: 'integer',
  int64: 'integer',
  uint64: 'integer',
  bool: 'boolean',
  string: 'text',
};
/** Their typed arrays cut off what does not fit; rows are checked before. */
const NARROW_INTEGERS: Readonly<Record<string, { array: typeof Int32Array; type: 'int32' }>> = {
  int8: narrow(Int8Array, 'int8'),
  uint8: narrow(Uint8Array, 'uint8'),
  int16: narrow(Int16Array, 'int16'),
  uint16: narrow(Uint16Array, 'uint16'),
  int32: narrow(Int32Array, 'int32'),
  uint32: narrow(Uint32Array, 'uint32'),
};
const TASKS = ['classification', 'regression', 'clustering'] as const;

/** An ONNX model in onnxruntime, on one thread: sums are then the same on every machine. */
export class OnnxEngine implements Engine {
  private constructor(
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
    readonly facts: EngineFacts,
  ) {}

  /** @throws Problem model_file_invalid */
  static async open(path: string): Promise<OnnxEngine> {
    const file = readOnnxFile(await readFile(path));
    const runtime = await loadRuntime();
    let session: InferenceSession;
    try {
      session = await runtime.InferenceSession.create(file.bytes, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        logSeverityLevel: 4,
      });
    } catch (error) {
      throw modelFileInvalid(reasonOf(error));
    }
    return new OnnxEngine(runtime, session, factsOf(file, session));
  }

  elementKind(elementType: string): ElementKind | undefined {
    return KINDS[elementType];
  }

  async run(feeds: readonly Feed[], output: string): Promise<ResultTensor> {
    const tensors = Object.fromEntries(feeds.map((feed) => [feed.name, this.#toTensor(feed)]));
    const { [output]: result } = await this.session.run(tensors, [output]);
    if (result === undefined) throw new Error(`the runtime gave no output`);
    return fromTensor(result as Tensor);
  }

  close(): Promise<void> {
    return this.session.release();
  }

  #toTensor({ elementType, shape, values }: Feed): Tensor {
    const { Tensor } = this.runtime;
    if (!(values instanceof Float64Array)) return new Tensor('string', [...values], shape);
    switch (elementType) {
      case 'float64':
        return new Tensor('float64', values, shape);
      case 'float32':
        return new Tensor('float32', Float32Array.from(values), shape);
      case 'float16':
        return new Tensor('float16', Uint16Array.from(values, numberToHalf), shape);
      case 'int64':
        return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
      case 'uint64':
        return new Tensor('uint64', BigUint64Array.from(values, BigInt), shape);
      case 'bool':
        return new Tensor('bool', Uint8Array.from(values), shape);
      default: {
        const { array, type } = NARROW_INTEGERS[elementType] ?? NARROW_INTEGERS['int32']!;
        return new Tensor(type, array.from(values) as Int32Array, shape);
      }
    }
  }
}

/** One shape for all widths: the runtime's types tell them apart, its code does not. */
function narrow(array: unknown, type: string): { array: typeof Int32Array; type: 'int32' } {
  return { array: array as typeof Int32Array, type: type as 'int32' };
}

function fromTensor({ type, data, dims }: Tensor): ResultTensor {
  if (type === 'string') return { shape: dims, values: data as string[] };
  if (type === 'float16')
    return { shape: dims, values: Float64Array.from(data as Uint16Array, halfToNumber) };
  return { shape: dims, values: Float64Array.from(data as Iterable<number | bigint>, Number) };
}

function factsOf(
  { classes, softmaxOutputs, metadata, about }: OnnxFile,
  session: InferenceSession,
): EngineFacts {
  const task = TASKS.find((known) => known === metadata.get('task'));
  return {
    inputs: session.inputMetadata.map(declared),
    outputs: session.outputMetadata.map(declared),
    classes: classesIn(metadata.get('classes')) ?? classes,
    task,
    softmaxOutputs,
    about,
  };
}

function declared(value: InferenceSession.ValueMetadata): TensorDeclaration {
  if (!value.isTensor) return { name: value.name, elementType: 'not a tensor', shape: [] };
  const shape = value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : null));
  return { name: value.name, elementType: value.type, shape };
}

/** As our own exports write them: a list in JSON. */
function classesIn(text: string | undefined): ClassLabel[] | undefined {
  try {
    const classes: unknown = JSON.parse(text ?? '');
    const isLabel = (label: unknown) => ['string', 'number', 'boolean'].includes(typeof label);
    if (Array.isArray(classes) && classes.every(isLabel)) return classes as ClassLabel[];
  } catch {
    // Somebody else's metadata.
  }
  return undefined;
}

/** The runtime's message may quote the file: only what it says of operators is told. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (/protobuf parsing failed/i.test(message)) return 'it is damaged, or no ONNX file';
  const operator =
    /(?:No Op registered for|Could not find an implementation for|Fatal error: \S*:)\s*([\w.:]+)/.exec(
      message,
    )?.[1];
  if (operator !== undefined) return `the runtime has no operator ${shown(operator)} of this version`;
  if (/opset|IR version/i.test(message)) return 'its version of ONNX is newer than the runtime knows';
  return 'the runtime cannot open it: its graph is not valid';
}
