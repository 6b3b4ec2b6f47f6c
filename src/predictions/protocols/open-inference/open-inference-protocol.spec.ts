import { describe, expect, it } from 'vitest';
import { Problem } from '../../../errors/problem.js';
import { problemOf } from '../../testing/problem-of.js';
import { answer, toyModel } from '../../testing/toy-model.js';
import { metadataOf } from './model-metadata.js';
import { openInferenceProtocol } from './open-inference-protocol.js';

const model = toyModel(['no', 'yes'], [0.25, 0.75]);
const ask = (request: unknown) => answer(model, 'open-inference', JSON.stringify(request));
const infer = (request: unknown) => JSON.parse(String(ask(request).body));

const AGE = { name: 'age', shape: [2], datatype: 'FP64', data: [30, null] };
const JOB = {
  name: 'job',
  shape: [2],
  datatype: 'BYTES',
  parameters: { content_type: 'str' },
  data: ['a', 'b'],
};

describe('an inference request', () => {
  it('has one input a column, and gets labels and probabilities', () => {
    expect(infer({ id: 'q1', parameters: { content_type: 'pd' }, inputs: [AGE, JOB] })).toEqual({
      model_name: 'm"1',
      model_version: '3',
      id: 'q1',
      parameters: { prediction_id: expect.any(String), warnings: expect.stringContaining('"imputed"') },
      outputs: [
        { name: 'predict', datatype: 'BYTES', shape: [2], data: ['yes', 'yes'] },
        { name: 'predict_proba', datatype: 'FP64', shape: [2, 2], data: [0.25, 0.75, 0.25, 0.75] },
      ],
    });
  });

  it('may be one numeric matrix, nested or flat, and name the outputs that it wants', () => {
    const numbers = toyModel([0, 1], [0.9, 0.1]);
    const outputs = [{ name: 'predict' }];
    for (const data of [[[30, 1]], [30, 1]]) {
      const inputs = [{ name: 'x', shape: [1, 2], datatype: 'INT32', data }];
      const reply = JSON.parse(
        String(answer(numbers, 'open-inference', JSON.stringify({ inputs, outputs })).body),
      );
      expect(reply.outputs).toEqual([{ name: 'predict', datatype: 'INT64', shape: [1], data: [0] }]);
    }
  });

  it('takes and gives tensors in binary form', () => {
    const ages = Buffer.alloc(8);
    ages.writeFloatLE(30, 0);
    ages.writeFloatLE(Number.NaN, 4);
    const jobs = Buffer.from([1, 0, 0, 0, 0x61, 2, 0, 0, 0, 0xc3, 0xa4]);
    const json = Buffer.from(
      JSON.stringify({
        inputs: [
          { name: 'age', shape: [2, 1], datatype: 'FP32', parameters: { binary_data_size: 8 } },
          { name: 'job', shape: [2, 1], datatype: 'BYTES', parameters: { binary_data_size: 11 } },
        ],
        outputs: [
          { name: 'predict', parameters: { binary_data: true } },
          { name: 'predict_proba', parameters: { binary_data: false } },
        ],
      }),
    );
    const headers = { 'inference-header-content-length': String(json.length) };
    const { body, headers: replyHeaders } = answer(
      model,
      'open-inference',
      Buffer.concat([json, ages, jobs]),
      headers,
    );
    const length = Number(replyHeaders?.['Inference-Header-Content-Length']);
    const reply = JSON.parse((body as Buffer).subarray(0, length).toString());
    expect(reply.outputs[0]).toEqual({
      name: 'predict',
      datatype: 'BYTES',
      shape: [2],
      parameters: { binary_data_size: 14 },
    });
    expect([...(body as Buffer).subarray(length)]).toEqual([
      3, 0, 0, 0, 121, 101, 115, 3, 0, 0, 0, 121, 101, 115,
    ]);
    expect(JSON.parse(reply.parameters.warnings)).toMatchObject([
      { row: 1, column: 'age', code: 'imputed' },
      { row: 1, column: 'job', code: 'unseen_category' },
    ]);
    const short = Buffer.concat([json, ages]);
    expect(problemOf(() => answer(model, 'open-inference', short, headers)).code).toBe('invalid_request');
    const long = Buffer.concat([json, ages, jobs, jobs]);
    expect(problemOf(() => answer(model, 'open-inference', long, headers)).code).toBe('invalid_request');
  });

  it.each([
    ['UINT8', 255, 256],
    ['UINT16', 65535, -1],
    ['UINT32', 2 ** 32 - 1, 2 ** 32],
    ['UINT64', 2 ** 53, -1],
    ['INT8', -128, 128],
    ['INT16', -32768, 1.5],
    ['INT32', -(2 ** 31), 2 ** 31],
    ['INT64', -(2 ** 53), '1'],
    ['FP16', 65504, 65505],
    ['FP32', 3.4e38, 3.5e38],
    ['FP64', 1.7e308, true],
    ['BOOL', 1, 2],
  ])('holds %s to its range', (datatype, fitting, unfitting) => {
    const asked = (value: unknown) => [{ ...AGE, datatype, data: [value, null] }, JOB];
    expect(infer({ inputs: asked(fitting) }).outputs).toHaveLength(2);
    const problem = problemOf(() => ask({ inputs: asked(unfitting) }));
    expect(problem.errors).toMatchObject([{ argument: 'inputs[0].data[0]' }]);
  });

  it.each([
    ['no inputs', {}, 'inputs'],
    ['an id that is no text', { id: 1, inputs: [AGE, JOB] }, 'id'],
    ['an unknown datatype', { inputs: [{ ...AGE, datatype: 'FP8' }] }, 'inputs[0].datatype'],
    ['a shape of three dimensions', { inputs: [{ ...AGE, shape: [2, 1, 1] }] }, 'inputs[0].shape'],
    ['less data than its shape', { inputs: [{ ...AGE, data: [1] }] }, 'inputs[0].data'],
    ['data nested too deep', { inputs: [{ ...AGE, data: [[[1]], [[2]]] }] }, 'inputs[0].data'],
    ['columns of unequal length', { inputs: [AGE, { ...JOB, shape: [1], data: ['a'] }] }, 'inputs[1].shape'],
    ['a column twice', { inputs: [AGE, AGE] }, 'inputs'],
    ['outputs over and over', { inputs: [AGE, JOB], outputs: Array(2).fill({ name: 'predict' }) }, 'outputs'],
    ['an unknown output', { inputs: [AGE, JOB], outputs: [{ name: 'x' }] }, 'outputs[0].name'],
  ])('is refused for %s', (_, request, argument) => {
    expect(problemOf(() => ask(request)).errors).toMatchObject([{ argument }]);
  });

  it('may have null for what it does not say, as clients write it', () => {
    const nothing = { id: null, parameters: null, outputs: null };
    const inputs = [AGE, JOB].map((input) => ({ ...input, parameters: null }));
    expect(infer({ ...nothing, inputs }).outputs).toEqual(infer({ inputs: [AGE, JOB] }).outputs);
    const outputs = [{ name: 'predict', parameters: null }];
    expect(infer({ inputs, outputs }).outputs).toHaveLength(1);
  });

  it('is refused for texts that are no base64', () => {
    const encoded = (data: string[]) => ({ ...JOB, parameters: { content_type: 'base64' }, data });
    const good = ['YQ==', 'YQ'];
    expect(infer({ inputs: [AGE, encoded(good)] }).outputs).toHaveLength(2);
    expect(problemOf(() => ask({ inputs: [AGE, encoded(['***', 'YQ=='])] })).detail).toContain('base64');
  });

  it('is refused for too many rows, and says in one text what is wrong with a row, not its value', () => {
    const many = { name: 'age', shape: [6], datatype: 'FP64', data: [1, 2, 3, 4, 5, 6] };
    expect(problemOf(() => ask({ inputs: [many] })).code).toBe('payload_too_large');
    const problem = problemOf(() => ask({ inputs: [{ ...JOB, data: ['secret', 'a'] }] }));
    const { status, body } = openInferenceProtocol.problem(problem, 'r1');
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      error: expect.stringContaining('row 0, column age: The column is absent'),
    });
    expect(body).not.toContain('secret');
  });

  it('says once what is wrong with a row, and how much more is', () => {
    const said = (problem: Problem) => JSON.parse(openInferenceProtocol.problem(problem, 'r1').body).error;
    const message = 'The prediction is not a finite number.';
    const item = { code: 'numerical_failure', message };
    expect(said(new Problem('numerical_failure', message, [{ ...item, row: 3 }]))).toBe(
      `${message} In row 3.`,
    );
    const many = Array.from({ length: 7 }, (_, row) => ({ ...item, row }));
    expect(said(new Problem('invalid_rows', '7 problems; see errors[].', many))).toMatch(
      /^7 problems\. row 0: .* And 2 more\.$/,
    );
  });

  it('describes the model from its signature', () => {
    expect(metadataOf(model.facts, 'toy', [3, 2])).toEqual({
      name: 'm"1',
      versions: ['3', '2'],
      platform: 'trainyard_toy',
      inputs: [
        { name: 'age', datatype: 'FP64', shape: [-1] },
        { name: 'job', datatype: 'BYTES', shape: [-1], parameters: { content_type: 'str' } },
      ],
      outputs: [
        { name: 'predict', datatype: 'BYTES', shape: [-1] },
        { name: 'predict_proba', datatype: 'FP64', shape: [-1, 2] },
      ],
      parameters: { content_type: 'pd' },
    });
  });
});
