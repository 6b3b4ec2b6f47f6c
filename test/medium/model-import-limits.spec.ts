import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { ForeignFormat } from '../../src/models/imports/foreign-model.js';
import { changeTopology, repackZip } from '../../src/models/imports/testing/repack-zip.js';
import { greedy, node, toyOnnx } from '../../src/models/imports/testing/toy-onnx.js';
import { runTask } from '../../src/processes/run-task.js';
import { TaskFailed, TaskOutOfMemory, TaskTimedOut } from '../../src/processes/task-errors.js';

const NUMBERS = new URL('../fixtures/models/tfjs-numbers.zip', import.meta.url);
const X = { name: 'x', type: 'double', nColumns: 1 } as const;
const Y = { name: 'y', type: 'double', nColumns: 1 } as const;
const MEMORY_MB = 500;
const TIMEOUT_MS = 5_000;
/** What a process that is to be ended may take beyond its time. */
const GRACE_MS = 10_000;

/** y = x and nothing else, in so many steps. */
function long(nNodes: number): Uint8Array {
  const name = (k: number) => (k === 0 ? 'x' : k === nNodes ? 'y' : `v${k}`);
  const nodes = Array.from({ length: nNodes }, (_, k) => node('Neg', [name(k)], [name(k + 1)]));
  return toyOnnx([X], [Y], nodes);
}

/** Two thousand products of matrices of 1,000 x 1,000 after each other: little memory, and much time. */
function endless(): Uint8Array {
  const nProducts = 2_000;
  const name = (k: number) => (k === 0 ? 'matrix' : `product${k}`);
  const products = Array.from({ length: nProducts }, (_, k) =>
    node('MatMul', [name(k), 'matrix'], [name(k + 1)]),
  );
  const zero = { type: 'double', shape: [1], data: Float64Array.of(0) } as const;
  return toyOnnx(
    [X],
    [Y],
    [
      node('ConstantOfShape', ['shape'], ['zeros'], { value: { tensor: zero } }),
      // What depends on the rows is not computed, and kept, when the file is opened.
      node('ReduceSum', ['x'], ['total'], { keepdims: { int: 0 } }),
      node('Add', ['zeros', 'total'], ['matrix']),
      ...products,
      node('ReduceSum', [name(nProducts)], ['sum'], { keepdims: { int: 0 } }),
      node('Add', ['x', 'sum'], ['y']),
    ],
    { shape: { type: 'int64', shape: [2], data: [1_000, 1_000] } },
  );
}

/** A model whose fields are of two bytes each: to a reader that makes an object of each, fifty times as much. */
const crumbs = (): Uint8Array => Buffer.alloc(40_000_000, Uint8Array.of(0x08, 0x01));

/** A zip of layers with another number of units: what the layers take is not what the file holds. */
async function units(nUnits: number): Promise<Uint8Array> {
  const zip = await readFile(NUMBERS);
  return repackZip(zip, (files) =>
    changeTopology(files, 'model.json', (text) => text.replace(/"units":\s*\d+/g, `"units":${nUnits}`)),
  );
}

/** A topology of so many layers after each other. */
async function layers(nLayers: number): Promise<Uint8Array> {
  const zip = await readFile(NUMBERS);
  return repackZip(zip, (files) =>
    changeTopology(files, 'model.json', (text) => {
      const model = JSON.parse(text) as { modelTopology: Record<string, unknown>; weightsManifest: unknown };
      const input = {
        class_name: 'InputLayer',
        config: { name: 'in', batch_input_shape: [null, 2], dtype: 'float32' },
      };
      const more = Array.from({ length: nLayers }, (_, k) => ({
        class_name: 'Activation',
        config: { name: `a${k}`, activation: 'linear', trainable: true },
      }));
      model.modelTopology = { class_name: 'Sequential', config: { name: 's', layers: [input, ...more] } };
      model.weightsManifest = [];
      return JSON.stringify(model);
    }),
  );
}

/** However large or hostile a file is: the check of it ends, in the time and the memory that it may have. */
describe('the check of a model from outside', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(inject('runFolder'), 'imports-'));
  });

  async function check(format: ForeignFormat, bytes: Uint8Array): Promise<unknown> {
    const path = join(folder, 'model');
    await writeFile(path, bytes);
    const begun = performance.now();
    const outcome = await runTask(
      'import',
      { path, format, choices: {}, maxBytes: 1e9 },
      { timeoutMs: TIMEOUT_MS, memoryMb: MEMORY_MB },
    ).catch((error: unknown) => error);
    expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS + GRACE_MS);
    return outcome;
  }

  it('takes a graph of thousands of operators', async () => {
    expect(await check('onnx', long(5_000))).toMatchObject({ found: { nOperators: 5_000 } });
  });

  it.each<
    [
      string,
      ForeignFormat,
      () => Uint8Array | Promise<Uint8Array>,
      readonly (new (...of: never[]) => Error)[],
    ]
  >([
    ['computes for ever', 'onnx', endless, [TaskTimedOut]],
    [
      'has half a million operators',
      'onnx',
      () => long(500_000),
      [TaskTimedOut, TaskOutOfMemory, TaskFailed],
    ],
    ['makes a matrix that no file shows', 'onnx', greedy, [TaskOutOfMemory]],
    ['is nothing but crumbs', 'onnx', crumbs, [TaskTimedOut, TaskOutOfMemory, TaskFailed]],
    ['has layers of a billion units', 'tfjs', () => units(1e9), [TaskOutOfMemory, TaskFailed]],
    [
      'has a hundred thousand layers',
      'tfjs',
      () => layers(100_000),
      [TaskTimedOut, TaskOutOfMemory, TaskFailed],
    ],
  ])('ends when it %s', async (_, format, bytes, ends) => {
    const outcome = await check(format, await bytes());
    expect(
      ends.some((end) => outcome instanceof end),
      String(outcome),
    ).toBe(true);
    if (outcome instanceof TaskFailed) expect(outcome).toMatchObject({ code: 'model_file_invalid' });
  });
});
