import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../errors/problem.js';
import { encodeModel } from '../export/onnx/onnx-messages.js';
import { ProtobufWriter } from '../export/onnx/protobuf-writer.js';
import type { ForeignFormat, ImportChoices } from './foreign-model.js';
import { importModel } from './process/import-task.js';
import { changeTopology, type Files, repackZip } from './testing/repack-zip.js';
import { node, toyOnnx, unary, zipMapped } from './testing/toy-onnx.js';

const FIXTURES = new URL('../../../test/fixtures/models/', import.meta.url);
const MATRIX = { name: 'm', type: 'double', nColumns: 3 } as const;
const Y = { name: 'y', type: 'double', nColumns: 3 } as const;
const identity = toyOnnx([MATRIX], [Y], [node('Identity', ['m'], ['y'])]);

describe('a model that comes from another program', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-imports-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function read(format: ForeignFormat, bytes: Uint8Array, choices: ImportChoices = {}) {
    const path = join(folder, 'model');
    await writeFile(path, bytes);
    return importModel({ path, format, choices, maxBytes: 1_000_000 });
  }
  async function refusal(format: ForeignFormat, bytes: Uint8Array, choices: ImportChoices = {}) {
    const error: unknown = await read(format, bytes, choices).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Problem);
    return error as Problem;
  }
  const zip = (name: string) => readFile(new URL(`${name}.zip`, FIXTURES));

  it('takes ZipMap out, and the labels from it', async () => {
    const model = await read('onnx', zipMapped());
    expect(model).toMatchObject({
      outputKind: 'probabilities',
      nOutputs: 2,
      inputs: { kind: 'columns' },
      outputs: { name: 'probabilities' },
      signature: {
        task: 'classification',
        inputs: [{ name: 'a', type: 'number', nullable: true }, { name: 'b' }],
        target: { type: 'text', classes: ['no', 'yes'] },
      },
    });
    expect(model.golden.outputs[0]).toEqual([0.5, 0.5]);
  });

  it('names the values of one tensor, by default and as it is told', async () => {
    const model = await read('onnx', identity);
    expect(model.signature.inputs.map(({ name }) => name)).toEqual(['x0', 'x1', 'x2']);
    expect(model).toMatchObject({ outputKind: 'value', nOutputs: 3, signature: { task: 'regression' } });
    expect(model.golden.outputs[1]).toEqual([0.7, 1, 0.2]);
    const named = await read('onnx', identity, { columns: ['a', 'b', 'c'], classes: ['u', 'v', 'w'] });
    expect(named.signature).toMatchObject({
      task: 'classification',
      inputs: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      target: { classes: ['u', 'v', 'w'] },
    });
    expect(named.outputKind).toBe('scores');
  });

  it('takes one number for the probability of the second class where it is told so', async () => {
    const model = await read('onnx', unary('Identity'), { task: 'classification' });
    expect(model).toMatchObject({
      outputKind: 'probabilities',
      nOutputs: 2,
      signature: { target: { classes: [0, 1] } },
    });
    expect(model.golden.outputs[0]).toEqual([1, 0]);
    expect((await refusal('onnx', unary('Neg'), { task: 'classification' })).detail).toMatch(
      /no probability/,
    );
  });

  it('reads layers models with any shape of rows', async () => {
    expect(await read('tfjs', await zip('tfjs-image'))).toMatchObject({
      outputKind: 'probabilities',
      inputs: { kind: 'tensor', rowShape: [4, 4, 1] },
      signature: { task: 'classification', target: { classes: [0, 1, 2] } },
    });
    expect(await read('tfjs', await zip('tfjs-sequence'))).toMatchObject({
      nOutputs: 6,
      inputs: { rowShape: [3, 2] },
      outputs: { rowShape: [3, 2] },
    });
    const { golden } = await read('tfjs', await zip('tfjs-numbers'));
    // The bias alone: ((k * 7) % 11 - 5) / 10.
    expect(golden.outputs[0]?.[0]).toBeCloseTo(-0.5, 6);
    expect(golden.outputs[0]?.[1]).toBeCloseTo(0.2, 6);
  });

  it.each<[string, RegExp, () => Uint8Array]>([
    ['nothing', /no graph/, () => new Uint8Array(0)],
    ['half of a file', /damaged/, () => identity.subarray(0, identity.length / 2)],
    ['a text', /damaged|no graph/, () => Buffer.from('hello, this is no model')],
    [
      'a custom operator',
      /custom operator Sigmoidal of the domain my.ops/,
      () => unary('Sigmoidal', 'my.ops'),
    ],
    ['an unknown operator', /not valid|no operator/, () => unary('Sigmoidal')],
    ['numbers in another file', /another file/, externalData],
    [
      'several tensors',
      /found are m float64 \[\?, 3\], n float64 \[\?, 3\]/,
      () => toyOnnx([MATRIX, { ...MATRIX, name: 'n' }], [Y], [node('Add', ['m', 'n'], ['y'])]),
    ],
    [
      'several outputs',
      /y \[\?, 3\], z \[\?, 3\].*\?output=/,
      () =>
        toyOnnx([MATRIX], [Y, { ...Y, name: 'z' }], [node('Neg', ['m'], ['y']), node('Neg', ['y'], ['z'])]),
    ],
    [
      'no number that is finite',
      /no finite number/,
      () =>
        toyOnnx([MATRIX], [Y], [node('Div', ['m', 'zeros'], ['y'])], {
          zeros: { type: 'double', shape: [1], data: Float64Array.of(Number.NaN) },
        }),
    ],
  ])('refuses ONNX with %s, and says so', async (_what, reason, bytes) => {
    const problem = await refusal('onnx', bytes());
    expect(problem).toMatchObject({ code: 'model_file_invalid', detail: expect.stringMatching(reason) });
  });

  it.each<[string, RegExp, (files: Files) => void]>([
    ['a path that leads out', /leads out/, (files) => files.set('xx/evil', Buffer.alloc(1))],
    ['no file of weights', /not in the zip/, (files) => files.delete('weights.bin')],
    ['too few weights', /28 bytes, and 32/, (files) => files.set('weights.bin', Buffer.alloc(28))],
    [
      'a Lambda layer',
      /class Lambda/,
      (files) => changeTopology(files, 'model.json', (text) => text.replace('"Dense"', '"Lambda"')),
    ],
    [
      'a custom activation',
      /activation/,
      (files) => changeTopology(files, 'model.json', (text) => text.replace('"linear"', '"sparkle"')),
    ],
    [
      'a graph model',
      /graph model/,
      (files) => changeTopology(files, 'model.json', (text) => text.replace('layers-model', 'graph-model')),
    ],
    ['a topology that is not JSON', /not JSON/, (files) => files.set('model.json', Buffer.from('{'))],
    ['no topology', /holds 0/, (files) => files.delete('model.json')],
    ['two topologies', /holds 2/, (files) => files.set('a/model.json', Buffer.from('{}'))],
    [
      'weights of other layers',
      /weights/,
      (files) => changeTopology(files, 'model.json', (text) => text.replace('"units":2', '"units":3')),
    ],
    ['more than is allowed', /larger, unpacked/, (files) => files.set('rest', Buffer.alloc(2_000_000))],
  ])('refuses a zip with %s, and says so', async (_what, reason, change) => {
    const packed = await repackZip(await zip('tfjs-numbers'), change);
    const bytes = Buffer.from(packed.toString('latin1').replaceAll('xx/evil', '../evil'), 'latin1');
    const problem = await refusal('tfjs', bytes);
    expect(problem).toMatchObject({ code: 'model_file_invalid', detail: expect.stringMatching(reason) });
  });

  it('refuses names that do not fit', async () => {
    expect(await refusal('onnx', identity, { columns: ['a', 'b'] })).toMatchObject({
      code: 'invalid_request',
    });
    expect(await refusal('onnx', identity, { columns: ['a', 'b', 'a'] })).toMatchObject({
      code: 'invalid_request',
    });
    expect(await refusal('onnx', identity, { classes: ['a', 'b'] })).toMatchObject({
      code: 'invalid_request',
    });
    expect(await refusal('onnx', identity, { output: 'nowhere' })).toMatchObject({ code: 'invalid_request' });
  });
});

/** The smallest graph with an initializer whose bytes would be read from a path: TensorProto 13 and 14. */
function externalData(): Uint8Array {
  const whole = encodeModel({
    producer: 'toy',
    graph: { inputs: [MATRIX], outputs: [Y], nodes: [node('Add', ['m', 'w'], ['y'])], constants: [] },
    metadata: {},
  });
  const more = new ProtobufWriter().message(7, (graph) =>
    graph.message(5, (tensor) =>
      tensor
        .integer(2, 11)
        .text(8, 'w')
        .message(13, (entry) => entry.text(1, 'location').text(2, '/etc/passwd'))
        .integer(14, 1),
    ),
  );
  // A later occurrence of a message is merged into the first one by every reader.
  return Buffer.concat([whole, more.finish()]);
}
