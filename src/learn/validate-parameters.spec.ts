import { describe, expect, it } from 'vitest';
import type { ParameterTable, ParameterValues, ValueRule } from './parameters.js';
import { describeRule, describeRules, validateParameters } from './validate-parameters.js';

const parameters: ParameterTable = [
  {
    name: 'maxDepth',
    label: 'Depth',
    description: '',
    default: null,
    accepts: [{ kind: 'integer', minimum: 1 }, { kind: 'null' }],
  },
  {
    name: 'share',
    label: 'Share',
    description: '',
    default: 0.5,
    accepts: [{ kind: 'number', exclusiveMinimum: 0, maximum: 1 }],
  },
  {
    name: 'mode',
    label: 'Mode',
    description: '',
    default: 'slow',
    accepts: [{ kind: 'choice', of: ['slow', 'fast'] }],
  },
  {
    name: 'layers',
    label: 'Layers',
    description: '',
    default: [4],
    accepts: [{ kind: 'integerList', minimum: 1, maximum: 9, maxLength: 2 }],
  },
  {
    name: 'weights',
    label: 'Weights',
    description: '',
    default: null,
    accepts: [{ kind: 'choice', of: ['balanced'] }, { kind: 'numberByName', minimum: 0 }, { kind: 'null' }],
  },
];
const algorithm = {
  parameters,
  conflicts: (values: ParameterValues) =>
    values.mode === 'fast' && values.maxDepth === null
      ? [{ code: 'conflicting_parameters' as const, parameter: 'maxDepth', expected: 'a depth with "fast"' }]
      : [],
};

describe('validateParameters', () => {
  it('fills in the defaults', () => {
    expect(validateParameters(algorithm, {})).toEqual({
      values: { maxDepth: null, share: 0.5, mode: 'slow', layers: [4], weights: null },
      problems: [],
    });
  });

  it('keeps legal values', () => {
    const sent = { maxDepth: 3, share: 1, mode: 'fast', layers: [1, 9], weights: { yes: 2.5 } };
    expect(validateParameters(algorithm, sent)).toEqual({ values: sent, problems: [] });
  });

  it('reports every problem at once, unknown names included', () => {
    const { values, problems } = validateParameters(algorithm, {
      maxDepth: '3',
      share: 0,
      mode: 'medium',
      layers: [1, 2, 3],
      weights: { yes: 'two' },
      depth: 4,
    });
    expect(problems.map(({ parameter, code, sentType }) => [parameter, code, sentType])).toEqual([
      ['maxDepth', 'wrong_type', 'string'],
      ['share', 'out_of_range', 'number'],
      ['mode', 'out_of_range', 'string'],
      ['layers', 'out_of_range', 'array'],
      ['weights', 'wrong_type', 'object'],
      ['depth', 'unknown_parameter', 'number'],
    ]);
    expect(values).toEqual(validateParameters(algorithm, {}).values);
  });

  it.each([
    [{ maxDepth: 2.5 }, 'wrong_type'],
    [{ maxDepth: 0 }, 'out_of_range'],
    [{ maxDepth: 2 ** 53 }, 'out_of_range'],
    [{ share: Number.POSITIVE_INFINITY }, 'out_of_range'],
    [{ share: null }, 'wrong_type'],
    [{ layers: [0] }, 'out_of_range'],
    [{ layers: ['1'] }, 'wrong_type'],
    [{ weights: { yes: -1 } }, 'out_of_range'],
    [{ weights: [1] }, 'wrong_type'],
  ])('refuses %j as %s', (sent, code) => {
    expect(validateParameters(algorithm, sent).problems.map((problem) => problem.code)).toEqual([code]);
  });

  it('reports a contradiction, but not one that rests on a value that is wrong anyway', () => {
    expect(validateParameters(algorithm, { mode: 'fast' }).problems).toEqual([
      { code: 'conflicting_parameters', parameter: 'maxDepth', expected: 'a depth with "fast"' },
    ]);
    const both = validateParameters(algorithm, { mode: 'fast', maxDepth: 'x' }).problems;
    expect(both.map((problem) => problem.code)).toEqual(['wrong_type']);
  });

  it('takes names of Object.prototype for what they are: unknown', () => {
    const sent = JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, unknown>;
    const { problems, values } = validateParameters(algorithm, sent);
    expect(problems.map((problem) => problem.parameter)).toEqual(['__proto__', 'constructor']);
    expect(Object.keys(values)).toHaveLength(parameters.length);
  });
});

describe('describeRule', () => {
  it.each<[ValueRule, string]>([
    [{ kind: 'integer' }, 'an integer'],
    [{ kind: 'integer', minimum: 1 }, 'an integer >= 1'],
    [{ kind: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 'a number > 0 and < 1'],
    [{ kind: 'boolean' }, 'true or false'],
    [{ kind: 'choice', of: ['sqrt'] }, '"sqrt"'],
    [{ kind: 'choice', of: ['a', 'b'] }, 'one of "a", "b"'],
    [
      { kind: 'integerList', minimum: 1, maximum: 9, maxLength: 2 },
      'a list of at most 2 integers from 1 to 9',
    ],
    [{ kind: 'numberByName', minimum: 0 }, 'an object of numbers >= 0'],
  ])('%j', (rule, sentence) => {
    expect(describeRule(rule)).toBe(sentence);
  });

  it('joins the rules of a parameter', () => {
    expect(describeRules([{ kind: 'integer', minimum: 1 }, { kind: 'null' }])).toBe(
      'an integer >= 1, or null',
    );
  });
});
