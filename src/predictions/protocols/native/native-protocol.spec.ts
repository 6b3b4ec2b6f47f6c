import { describe, expect, it } from 'vitest';
import { problemOf } from '../../testing/problem-of.js';
import { answer, toyModel } from '../../testing/toy-model.js';

const model = toyModel(['no', 'yes "really"'], [0.25, 0.75]);
const predict = (text: string) =>
  JSON.parse(String(answer(model, 'native', text).body)) as Record<string, unknown>;

const UUID_7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('a prediction', () => {
  it('names the label and the probability of every class', () => {
    expect(predict('{"rows":[{"age":30,"job":"a"}]}')).toEqual({
      modelId: 'm"1',
      modelVersion: 3,
      predictionId: expect.stringMatching(UUID_7),
      predictions: [{ label: 'yes "really"', probabilities: { no: 0.25, 'yes "really"': 0.75 } }],
      warnings: [],
    });
  });

  it('is the same whatever the order of the columns', () => {
    const { predictions } = predict('{"rows":[{"age":30,"job":"a"}]}');
    expect(predict('{"rows":[{"job":"a","age":30}]}')['predictions']).toEqual(predictions);
  });

  it.each([
    [[0, 1], 1],
    [[false, true], true],
    [['0', '1'], '1'],
  ])('gives labels of the type that they have in the data set', (labels, expected) => {
    const typed = toyModel(labels, [0.4, 0.6]);
    const reply = JSON.parse(String(answer(typed, 'native', '{"rows":[{"age":1,"job":"a"}]}').body));
    expect(reply.predictions[0].label).toBe(expected);
  });

  it('warns of unseen categories, filled gaps, values out of range, other types and extra columns', () => {
    const { warnings } = predict(
      '{"rows":[{"age":20,"job":"z"},{"age":null,"job":"a"},{"age":"99","job":"a","x":1}]}',
    );
    const places = (warnings as Record<string, unknown>[]).map(({ row, column, code }) => [
      row,
      column,
      code,
    ]);
    expect(places).toEqual([
      [0, 'job', 'unseen_category'],
      [1, 'age', 'imputed'],
      [2, 'age', 'type_coerced'],
      [2, 'age', 'out_of_range'],
      [2, 'x', 'extra_column'],
    ]);
  });

  it('says nothing of known columns that are not used', () => {
    expect(predict('{"rows":[{"age":30,"job":"a","income":"no"}]}')['warnings']).toEqual([]);
  });

  it('refuses all that is wrong at once, with row and column and without the value', () => {
    const text = '{"rows":[{"job":"secret"},{"age":[1],"job":"a"},{"age":1e999,"job":{}},7]}';
    const problem = problemOf(() => predict(text));
    expect(problem.code).toBe('invalid_rows');
    expect(problem.errors.map(({ row, column, code }) => [row, column, code])).toEqual([
      [0, 'age', 'missing_column'],
      [1, 'age', 'wrong_type'],
      [2, 'age', 'not_finite'],
      [2, 'job', 'wrong_type'],
      [3, undefined, 'not_an_object'],
    ]);
    expect(JSON.stringify(problem.toBody())).not.toContain('secret');
  });

  it.each([
    ['invalid_json', '{"rows":[{"age":NaN}]}'],
    ['invalid_json', '{"rows":[{"age":Infinity}]}'],
    ['invalid_json', ''],
    ['invalid_request', '[]'],
    ['invalid_request', 'null'],
    ['invalid_request', '{}'],
    ['invalid_request', '{"rows":{}}'],
    ['invalid_request', '{"rows":[]}'],
    ['invalid_request', '{"rows":[{}],"model":1}'],
    ['payload_too_large', '{"rows":[1,2,3,4,5,6]}'],
  ])('is refused with %s for %s', (code, text) => {
    expect(problemOf(() => predict(text)).code).toBe(code);
  });

  it('is refused with the name of an argument that is none', () => {
    const problem = problemOf(() => predict('{"rows":[{}],"thresold":0.5}'));
    expect(problem.errors).toMatchObject([{ code: 'unknown_argument', argument: 'thresold' }]);
  });

  it('is refused when the body is not UTF-8', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(problemOf(() => answer(model, 'native', bytes)).code).toBe('invalid_json');
  });

  it('survives nesting of any depth, also in columns that are handed through', () => {
    const lists = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const problem = problemOf(() => predict(`{"rows":[{"age":${lists(900)},"job":"a"}]}`));
    expect(problem.errors).toMatchObject([{ code: 'wrong_type', row: 0, column: 'age' }]);
    const ask = (id: string) => predict(`{"rows":[{"age":30,"job":"a","id":${id}}],"columns":["id"]}`);
    expect(JSON.stringify(ask(lists(900)).predictions)).toContain(lists(900));
    for (const id of [lists(200_000), `"\\"",${lists(200_000)}`, '{"a":'.repeat(5000)]) {
      expect(problemOf(() => ask(id)).code).toBe('invalid_request');
    }
    const brackets = '['.repeat(5000);
    expect(ask(JSON.stringify(brackets))['predictions']).toMatchObject([{ columns: { id: brackets } }]);
  });

  it('takes a column named like what every object inherits for what it is', () => {
    const { warnings } = predict('{"rows":[{"age":30,"job":"a","__proto__":1}]}');
    expect(warnings).toMatchObject([{ code: 'extra_column', column: '__proto__' }]);
  });

  it('says that a number is not finite instead of writing what is no JSON', () => {
    const broken = toyModel([], [Infinity], 'value');
    const ask = () => answer(broken, 'native', '{"rows":[{"age":1,"job":"a"}]}');
    expect(problemOf(ask).code).toBe('numerical_failure');
  });

  it('decides for the second class from a threshold on', () => {
    const labelAt = (threshold: number) =>
      predict(`{"rows":[{"age":20,"job":"a"}],"threshold":${threshold}}`)['predictions'] as object[];
    const no = { label: 'no' };
    const yes = { label: 'yes "really"' };
    expect([0, 0.75, 0.751, 1].map((at) => labelAt(at)[0])).toMatchObject([yes, yes, no, no]);
    const three = toyModel(['a', 'b', 'c'], [0.2, 0.3, 0.5]);
    const ask = () => answer(three, 'native', '{"rows":[{"age":1,"job":"a"}],"threshold":0.5}');
    expect(problemOf(ask).errors).toMatchObject([{ argument: 'threshold' }]);
  });

  it('hands columns through, without a warning for those that the model does not know', () => {
    const text = '{"rows":[{"age":30,"job":"a","id":"x7"},{"age":30,"job":"a"}],"columns":["id","age"]}';
    const { predictions, warnings } = predict(text);
    expect(predictions).toMatchObject([
      { columns: { id: 'x7', age: 30 } },
      { columns: { id: null, age: 30 } },
    ]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['"threshold":"0.5"', 'threshold', 'wrong_type'],
    ['"threshold":1.5', 'threshold', 'out_of_range'],
    ['"explain":1', 'explain', 'wrong_type'],
    ['"columns":[1]', 'columns', 'wrong_type'],
  ])('refuses the option %s', (option, argument, code) => {
    const problem = problemOf(() => predict(`{"rows":[{"age":30,"job":"a"}],${option}}`));
    expect(problem.errors).toMatchObject([{ argument, code }]);
  });

  it('explains the decision when asked to, and every column has its share', () => {
    const { predictions } = predict('{"rows":[{"age":30,"job":"a"}],"explain":true}');
    expect(predictions).toMatchObject([
      {
        label: 'yes "really"',
        explanation: {
          method: 'sampling',
          space: 'probability',
          of: 'yes "really"',
          baseline: 0.75,
          contributions: { age: 0, job: 0 },
        },
      },
    ]);
    const clusters = toyModel([], [1], 'cluster');
    const ask = () => answer(clusters, 'native', '{"rows":[{"age":1,"job":"a"}],"explain":true}');
    expect(problemOf(ask).code).toBe('invalid_request');
  });
});
