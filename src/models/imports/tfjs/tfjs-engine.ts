import { createRequire } from 'node:module';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Engine, EngineFacts, Feed, FeedValues, ResultTensor } from '../engine.js';
import type { ElementKind, TensorDeclaration } from '../foreign-model.js';
import { modelFileInvalid, shown } from '../model-file-invalid.js';
import { readArtifacts } from './layers-artifacts.js';
import { ModelArchive } from './open-archive.js';

type Core = typeof import('@tensorflow/tfjs-core');
type Layers = typeof import('@tensorflow/tfjs-layers');

const KINDS: Readonly<Record<string, ElementKind>> = { float32: 'float', int32: 'integer', bool: 'boolean' };

/** A layers model in TensorFlow.js, computed in WebAssembly on one thread. */
export class TfjsEngine implements Engine {
  private constructor(
    private readonly core: Core,
    private readonly model: LayersModel,
    readonly facts: EngineFacts,
  ) {}

  /** @throws Problem model_file_invalid */
  static async open(path: string, maxTotalBytes: number): Promise<TfjsEngine> {
    const archive = await ModelArchive.open(path, maxTotalBytes);
    try {
      const artifacts = await readArtifacts(archive);
      const { core, layers } = await loadLibrary();
      let model: LayersModel;
      try {
        model = await layers.loadLayersModel(core.io.fromMemory(artifacts));
      } catch (error) {
        throw modelFileInvalid(reasonOf(error));
      }
      return new TfjsEngine(core, model, factsOf(model, artifacts.generatedBy, layers.version_layers));
    } finally {
      archive.close();
    }
  }

  elementKind(elementType: string): ElementKind | undefined {
    return KINDS[elementType];
  }

  async run(feeds: readonly Feed[], output: string): Promise<ResultTensor> {
    const { core, model } = this;
    const inputs = feeds.map(({ values, shape, elementType }) =>
      core.tensor(toArray(elementType, values), [...shape], elementType as 'float32'),
    );
    let results: Tensor[] = [];
    try {
      results = core.tidy(() => [model.predict(inputs)].flat() as Tensor[]);
      const result = results[model.outputs.findIndex((known) => known.name === output)];
      if (result === undefined) throw new Error('the model gave no output');
      return { shape: result.shape, values: Float64Array.from(await result.data()) };
    } catch (error) {
      throw asRefusal(error);
    } finally {
      core.dispose([...inputs, ...results]);
    }
  }

  async close(): Promise<void> {
    this.model.dispose();
  }
}

/** Some 100 ms and 60 MB: only in a process that runs models. */
async function loadLibrary(): Promise<{ core: Core; layers: Layers }> {
  const require = createRequire(import.meta.url);
  const core = require('@tensorflow/tfjs-core') as Core;
  const layers = require('@tensorflow/tfjs-layers') as Layers;
  require('@tensorflow/tfjs-backend-wasm');
  registerChainedOperations(core);
  await core.setBackend('wasm');
  return { core, layers };
}

/**
 * The layers call operations as methods of tensors (`x.flatten()`), which the all-in-one package registers, with more
 * that is not needed here. Each is the function of its name with the tensor as its first argument.
 */
function registerChainedOperations(core: Core): void {
  const methods = core.Tensor.prototype as unknown as Record<string, unknown>;
  for (const [name, operation] of Object.entries(core)) {
    if (typeof operation !== 'function' || !/^[a-z]/.test(name) || name in methods) continue;
    methods[name] = function (this: Tensor, ...options: unknown[]) {
      return (operation as (...all: unknown[]) => unknown)(this, ...options);
    };
  }
  methods['flatten'] = function (this: Tensor) {
    return core.reshape(this, [this.size]);
  };
  methods['asScalar'] = function (this: Tensor) {
    return core.reshape(this, []);
  };
}

function factsOf(model: LayersModel, generatedBy: string | undefined, version: string): EngineFacts {
  const isSoftmax = model.outputs.map(
    ({ sourceLayer }) =>
      sourceLayer.getClassName() === 'Softmax' || sourceLayer.getConfig()['activation'] === 'softmax',
  );
  const outputs = model.outputs.map(declared);
  return {
    inputs: model.inputs.map(declared),
    outputs,
    classes: undefined,
    task: undefined,
    softmaxOutputs: new Set(outputs.filter((_, k) => isSoftmax[k]).map(({ name }) => name)),
    about: { generatedBy: shown(generatedBy ?? ''), runtime: version, nLayers: model.layers.length },
  };
}

function declared({ name, shape, dtype }: SymbolicTensor): TensorDeclaration {
  return { name, elementType: dtype, shape };
}

function toArray(elementType: string, values: FeedValues): Float32Array | Int32Array | Uint8Array {
  const numbers = values as Float64Array;
  if (elementType === 'int32') return Int32Array.from(numbers);
  return elementType === 'bool' ? Uint8Array.from(numbers) : Float32Array.from(numbers);
}

/** The library's messages quote the file: only the class of a layer is told. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const layer = /Unknown layer: ([^.\s]{1,64})\. /.exec(message)?.[1];
  if (layer !== undefined)
    return `it has a layer of the class ${shown(layer)}, which is custom or not known here`;
  const other = /Unknown (activation|initializer|regularizer|constraint)/i.exec(message)?.[1];
  if (other !== undefined) return `it has an ${other.toLowerCase()} that is custom or not known here`;
  if (/weights?\b|shape/i.test(message)) return 'its weights do not fit its layers';
  return 'its layers cannot be built from its model.json';
}

function asRefusal(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  // The library walks the graph by recursion, layer by layer.
  if (message.includes('call stack size')) return modelFileInvalid('it has too many layers after each other');
  const kernel = /Kernel '(\w+)' not registered/.exec(message)?.[1];
  if (kernel === undefined) return error;
  return modelFileInvalid(`it needs the operation ${kernel}, which cannot be computed in WebAssembly`);
}
