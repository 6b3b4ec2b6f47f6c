import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../scoring/served-model.js';
import { problemOf } from '../../testing/problem-of.js';
import { answer, toyModel } from '../../testing/toy-model.js';
import { parseCsv } from './csv.js';
import { mlflowProtocol } from './mlflow-protocol.js';

const model = toyModel(['no', 'yes'], [0.25, 0.75]);
const invoke = (request: unknown) =>
  JSON.parse(
    String(answer(model, 'mlflow', JSON.stringify(request), { 'content-type': 'application/json' }).body),
  );
const invokeCsv = (text: string) =>
  JSON.parse(String(answer(model, 'mlflow', text, { 'content-type': 'text/csv' }).body));

it('takes the NaN of a data frame for missing, and leaves it where it is text', () => {
  const headers = { 'content-type': 'application/json' };
  for (const job of ['NaN \\"NaN\\" \\\\', 'x'.repeat(10_000_000)]) {
    const body = `{"dataframe_records":[{"job":"${job}","age":NaN}]}`;
    expect(JSON.parse(String(answer(model, 'mlflow', body, headers).body))).toEqual({ predictions: ['yes'] });
  }
});

describe('an invocation', () => {
  it.each([
    [
      'dataframe_split',
      {
        columns: ['job', 'age'],
        index: [0, 1],
        data: [
          ['a', 30],
          [null, null],
        ],
      },
    ],
    ['dataframe_records', [{ job: 'a', age: 30 }, { job: null }]],
    [
      'instances',
      [
        [30, 'a'],
        [null, null],
      ],
    ],
    [
      'instances',
      [
        { age: 30, job: 'a' },
        { age: null, job: null },
      ],
    ],
    ['inputs', { age: [30, null], job: ['a', null] }],
    [
      'inputs',
      [
        [30, 'a'],
        [null, null],
      ],
    ],
  ])('has the form %s', (form, content) => {
    expect(invoke({ [form]: content })).toEqual({ predictions: ['yes', 'yes'] });
  });

  it('may be CSV, with the types of the signature', () => {
    expect(invokeCsv('age,job\n30,a\n,"b"\nNaN,NA\n')).toEqual({ predictions: ['yes', 'yes', 'yes'] });
    const message = { body: Buffer.from('age,job\n30,30\n'), headers: { 'content-type': 'text/csv' } };
    const { input } = model.speak('mlflow').read(message, { maxRows: 5 });
    expect(rowsOf(input)).toEqual([{ age: 30, job: '30' }]);
    expect(problemOf(() => invokeCsv('age,job,age\n30,a,31\n')).errors[0]).toMatchObject({
      argument: 'The CSV',
    });
    const problem = problemOf(() => invokeCsv('age,job\nold,a\n'));
    expect(problem.errors).toMatchObject([{ code: 'wrong_type', row: 0, column: 'age' }]);
  });

  it('gives probabilities as records, and passes over parameters that it does not know', () => {
    const dataframe_records = [{ age: 30, job: 'a' }];
    const params = { predict_method: 'predict_proba', temperature: 1 };
    expect(invoke({ dataframe_records, params })).toEqual({ predictions: [{ no: 0.25, yes: 0.75 }] });
    expect(invoke({ dataframe_records, params: { threshold: 0.8 } })).toEqual({ predictions: ['no'] });
  });

  it.each([
    ['no form', {}],
    ['two forms', { inputs: [[1, 'a']], instances: [[1, 'a']] }],
    ['a bare list', [[1, 'a']]],
    ['the form of a chat', { messages: [] }],
  ])('is refused for %s', (_, request) => {
    const problem = problemOf(() => invoke(request));
    const { status, body } = mlflowProtocol.problem(problem, 'r1');
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      error_code: 'BAD_REQUEST',
      message: expect.stringContaining('must be a JSON dictionary with exactly one of the input fields'),
    });
  });

  it.each([
    ['dataframe_split', { columns: ['age'], data: [[1, 2]] }],
    ['dataframe_split', { columns: ['age', 'age'], data: [[1, 2]] }],
    ['dataframe_split', { data: [[1]] }],
    ['dataframe_split', { columns: ['age'] }],
    ['dataframe_records', [1]],
    ['dataframe_records', []],
    ['instances', { age: 1 }],
    ['inputs', { age: [1], job: ['a', 'b'] }],
    ['inputs', {}],
  ])('is refused for %s of %j', (form, content) => {
    expect(problemOf(() => invoke({ [form]: content })).code).toBe('invalid_request');
  });

  it('is refused for too many rows, in every form', () => {
    const rows = [1, 2, 3, 4, 5, 6].map((age) => [age, 'a']);
    const ask = [
      () => invoke({ instances: rows }),
      () => invoke({ dataframe_split: { columns: ['age', 'job'], data: rows } }),
      () => invoke({ inputs: { age: rows, job: rows } }),
      () => invokeCsv(`age,job\n${rows.join('\n')}`),
    ];
    for (const one of ask) expect(problemOf(one).code).toBe('payload_too_large');
  });

  it.each([
    'application/json; charset=utf-16',
    'application/json; format=pandas',
    'application/x-parquet',
    '',
  ])('is refused for the content type "%s", in plain text', (type) => {
    const problem = problemOf(() => mlflowProtocol.checkHeaders({ 'content-type': type }));
    expect(mlflowProtocol.problem(problem, 'r1')).toMatchObject({
      status: 415,
      contentType: 'text/plain; charset=utf-8',
    });
    mlflowProtocol.checkHeaders({ 'content-type': 'text/csv; charset=UTF-8' });
  });
});

describe('CSV', () => {
  it.each([
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['\ufeffa\n"x, ""y""\nz"', [['a'], ['x, "y"\nz']]],
    [
      'a,b\n\n,\n',
      [
        ['a', 'b'],
        ['', ''],
      ],
    ],
    ['a,\n', [['a', '']]],
    ['a\n""\n\n"1"', [['a'], [''], ['1']]],
    ['', []],
  ])('%j', (text, records) => {
    expect(parseCsv(text, 10)).toEqual(records);
  });

  it('is refused where a quote has no end, and reads long fields', () => {
    for (const text of ['a\n"b', 'a\n"b""', 'a\n"b"c', 'a\nb"c"']) {
      expect(problemOf(() => parseCsv(text, 10)).code).toBe('invalid_request');
    }
    const long = 'x""'.repeat(5_000_000);
    expect(parseCsv(`"${long}"`, 10)[0]?.[0]).toHaveLength(10_000_000);
  });
});
