import { describe, expect, it } from 'vitest';
import { problemOf } from '../../testing/problem-of.js';
import { answer, toyModel } from '../../testing/toy-model.js';
import { bareProtocol } from './bare-protocol.js';

const model = toyModel(['no', 'yes'], [0.25, 0.75]);
const ask = (request: unknown) => JSON.parse(String(answer(model, 'bare', JSON.stringify(request)).body));

describe('a bare input', () => {
  it.each([
    [
      'rows',
      [
        [30, 'a'],
        [31, 'b'],
      ],
      2,
    ],
    ['one row', [30, 'a'], 1],
    ['an object', { age: 30, job: 'a' }, 1],
    [
      'objects',
      [
        { age: 30, job: 'a' },
        { age: 30, job: 'b' },
      ],
      2,
    ],
  ])('may be %s', (_, input, nRows) => {
    expect(ask({ input })).toEqual({
      prediction: Array(nRows).fill([0.25, 0.75]),
      labels: Array(nRows).fill('yes'),
      modelVersion: 3,
      predictionId: expect.any(String),
    });
  });

  it.each([
    ['nothing', {}],
    ['no input', []],
    ['a number', { input: 1 }],
    ['an empty list', { input: [] }],
    ['a row that is too short', { input: [[1]] }],
    ['deep nesting', { input: [[[1, 2]]] }],
  ])('is refused for %s', (_, request) => {
    expect(['invalid_request', 'invalid_rows']).toContain(problemOf(() => ask(request)).code);
  });

  it('is told what is wrong in one text', () => {
    const problem = problemOf(() => ask({ input: [[[1], 'a']] }));
    expect(JSON.parse(bareProtocol.problem(problem, 'r').body)).toEqual({
      error: expect.stringContaining('row 0, column age: Expected number.'),
      code: 'invalid_rows',
    });
  });
});
