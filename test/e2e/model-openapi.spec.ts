import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node, toyOnnx, unary, zipMapped } from '../../src/models/imports/testing/toy-onnx.js';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

const MODELS = new URL('../fixtures/models/', import.meta.url);
const STEPS = [
  { step: 'derive', column: 'ratio', expression: 'height / width' },
  { step: 'split_date', column: 'seen', parts: ['year', 'month'] },
  { step: 'rename', column: 'kind', to: 'sort' },
];
const KINDS = ['ash', 'elm', 'oak', 'yew'];

/** A table with every type of column: numbers with gaps, a date, a boolean, a text with a rare value. */
function trees(nRows: number): string {
  const lines = Array.from({ length: nRows }, (_, i) => {
    const kind = i === 7 ? 'palm' : KINDS[i % 4];
    const height = i % 11 === 0 ? '' : 4 + (i % 13);
    return `${height},${1 + (i % 3)},202${i % 4}-0${1 + (i % 9)}-1${i % 10},${i % 2 === 0},${kind},${i % 3 === 0 ? 'cut' : 'kept'},${i}`;
  });
  return ['height,width,seen,is_ill,kind,fate,cost', ...lines, ''].join('\n');
}

/** y and z = a and b, as one tensor of two: several values a row. */
const twoValues = toyOnnx(
  [{ name: 'm', type: 'double', nColumns: 2 }],
  [{ name: 'y', type: 'double', nColumns: 2 }],
  [node('Neg', ['m'], ['y'])],
);
/** One column of whole numbers, which has no word for "missing". */
const whole = toyOnnx(
  [{ name: 'n', type: 'int64', nColumns: 1 }],
  [{ name: 'y', type: 'int64', nColumns: 1 }],
  [node('Neg', ['n'], ['y'])],
);
/** A row of more values than a signature has columns. */
const wide = toyOnnx(
  [{ name: 'pixels', type: 'double', nColumns: 12_000 }],
  [{ name: 'y', type: 'double', nColumns: 1 }],
  [node('ReduceMean', ['pixels'], ['y'], { axes: { ints: [1] }, keepdims: { int: 1 } })],
);

describe('the OpenAPI page of a model', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;

  beforeAll(async () => {
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, trees(160)), 201);
    const recipe = { json: { steps: STEPS } };
    expectStatus(await user.service.request('PUT', `/datasets/${datasetId}/recipes/trees`, recipe), 201);
  });
  afterAll(() => service.stop());

  /** Its example fits its own schema and is answered; so is the answer. */
  async function hold(modelId: string): Promise<Record<string, object>> {
    const { status, body } = await user.service.get(`/models/${modelId}/openapi.json`);
    expect(status).toBe(200);
    const [[path, { post }]] = Object.entries(body.paths) as [[string, typeof body]];
    const { schema, example } = post.requestBody.content['application/json'];
    const check = (wanted: object, value: unknown) => {
      const ajv = new Ajv2020({ strict: false, allErrors: true });
      const isValid = ajv.validate({ ...wanted, components: body.components }, value);
      expect(isValid, ajv.errorsText()).toBe(true);
    };
    check(schema, example);
    const reply = await user.service.post(path, example);
    expectStatus(reply, 200);
    check(post.responses[200].content['application/json'].schema, reply.body);
    return body.components.schemas;
  }

  it.each([
    ['random_forest_classifier', { target: 'fate' }],
    ['linear_svc', { target: 'fate', dropColumns: ['cost'], recipe: 'trees' }],
    ['hist_gradient_boosting_regressor', { target: 'cost', recipe: 'trees' }],
    ['logistic_regression', { target: 'is_ill', columns: { kind: { encoding: 'hashing' } } }],
    ['k_means', {}],
  ])('of a bundle (%s) has an example that it answers', async (algorithm, more) => {
    const modelId = await newModel(user, algorithm);
    const trainingId = await train(user, modelId, { datasetId, algorithm, ...more });
    expect((await outcomeOf(service, trainingId)).at(-1)).toMatchObject({ status: 'succeeded' });
    const { Row } = (await hold(modelId)) as {
      Row: { required: string[]; properties: Record<string, { type: string[] }> };
    };
    expect(Row.required).toEqual(Object.keys(Row.properties));
    expect(Row.properties['seen']?.type).toEqual(['string', 'null']);
    // A row without a column is refused, as the page says.
    const rows = [Object.fromEntries(Row.required.slice(1).map((name) => [name, null]))];
    expect((await user.service.post(`/models/${modelId}/predict`, { rows })).status).toBe(422);
  });

  it.each<[string, () => Uint8Array | Promise<Uint8Array>, string]>([
    ['ONNX, one number', () => unary('Neg'), ''],
    ['ONNX, two values', () => twoValues, ''],
    ['ONNX, whole numbers', () => whole, ''],
    ['ONNX, classes', () => zipMapped(), ''],
    ['ONNX, a tensor without columns', () => wide, ''],
    ['TensorFlow.js, an image', () => readFile(new URL('tfjs-image.zip', MODELS)), '?classes=a,b,c'],
    ['TensorFlow.js, numbers', () => readFile(new URL('tfjs-numbers.zip', MODELS)), ''],
    ['TensorFlow.js, a sequence', () => readFile(new URL('tfjs-sequence.zip', MODELS)), ''],
  ])('of an imported model (%s) has an example that it answers', async (name, content, query) => {
    const modelId = await newModel(user, name);
    const imported = await user.service.request('PUT', `/models/${modelId}/import${query}`, {
      body: await content(),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expectStatus(imported, 201);
    expect(JSON.stringify(await hold(modelId))).not.toContain('undefined');
  });
});
