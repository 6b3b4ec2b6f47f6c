import { describe, expect, it } from 'vitest';
import { LearnError } from '../errors.js';
import { completeSpec, type KnownColumn, type PartialSpec } from './complete-spec.js';
import { toyAlgorithm } from './testing/toys.js';

const columns: KnownColumn[] = [
  { name: 'age', type: 'number', distinctCount: 40, nullCount: 0 },
  { name: 'city', type: 'text', distinctCount: 12, nullCount: 3 },
  { name: 'street', type: 'text', distinctCount: 900, nullCount: 0 },
  { name: 'member', type: 'boolean', distinctCount: 2, nullCount: 0 },
  { name: 'joined', type: 'date', distinctCount: 80, nullCount: 0 },
  { name: 'empty', type: 'text', distinctCount: 0, nullCount: 100 },
];
const algorithm = toyAlgorithm('regression', { missing: 'impute', scaleSensitive: true });

function complete(partial: Partial<PartialSpec>, chosen = algorithm) {
  return completeSpec({ algorithm: chosen.name, target: 'age', ...partial }, { columns }, () => chosen);
}
const codes = (partial: Partial<PartialSpec>): string[] =>
  complete(partial).problems.map((problem) => `${problem.code} ${problem.argument}`);
const policyCodes = (column: string, policy: unknown): string[] => codes({ columns: { [column]: policy } });

describe('completeSpec', () => {
  it('fills in what is left open', () => {
    expect(complete({})).toEqual({
      problems: [],
      spec: {
        algorithm: 'toy_regression',
        parameters: {},
        target: 'age',
        dropColumns: [],
        normalization: 'std',
        columns: {},
        testShare: 0.2,
        seed: 0,
      },
    });
    const clustering = toyAlgorithm('clustering');
    expect(complete({ target: null }, clustering).spec).toMatchObject({
      normalization: 'none',
      testShare: 0,
    });
  });

  it('finds every problem at once', () => {
    expect(
      codes({
        target: 'nobody',
        dropColumns: ['nothing'],
        columns: { none: {}, city: { missing: 'mean' } },
        parameters: { depth: 3 },
        normalization: 'max',
        testShare: 1,
        seed: -1,
      }),
    ).toEqual([
      'unknown_parameter parameters.depth',
      'unknown_column dropColumns',
      'unknown_column columns',
      'illegal_policy columns.missing',
      'unknown_column target',
      'out_of_range normalization',
      'out_of_range testShare',
      'out_of_range seed',
    ]);
  });

  it.each([
    [{ target: null }, 'missing_argument target'],
    [{ dropColumns: ['age'] }, 'target_dropped target'],
    [{ target: 'city' }, 'target_not_numeric target'],
    [{ target: 'empty' }, 'missing_target_values target'],
    [{ dropColumns: ['city', 'street', 'member', 'joined', 'empty'] }, 'no_usable_columns dropColumns'],
    [{ testShare: 0 }, 'out_of_range testShare'],
  ])('sees what the schema already shows: %j', (partial, problem) => {
    expect(codes(partial)).toContain(problem);
  });

  it('takes a text target for a regression when it is read as a number', () => {
    expect(codes({ target: 'city', columns: { city: { type: 'number' } } })).toEqual([]);
  });

  it.each([
    ['age', 7, 'wrong_type columns'],
    ['city', { colour: 'red' }, 'illegal_policy columns.colour'],
    ['city', { type: 'words' }, 'illegal_policy columns.type'],
    ['member', { encoding: 'one_hot' }, 'illegal_policy columns.encoding'],
    ['member', { unseen: 'rare' }, 'illegal_policy columns.unseen'],
    ['member', { missing: 'median' }, 'illegal_policy columns.missing'],
    ['joined', { missing: 'native' }, 'illegal_policy columns.missing'],
    ['street', { missing: 'native' }, 'illegal_policy columns.missing'],
    ['joined', { missing: 'constant' }, 'illegal_policy columns.fillValue'],
    ['joined', { missing: 'constant', fillValue: 'soon' }, 'illegal_policy columns.fillValue'],
    ['city', { missing: 'constant', fillValue: 3 }, 'illegal_policy columns.fillValue'],
    ['city', { fillValue: 'x' }, 'illegal_policy columns.fillValue'],
    ['age', { missing: 'mean' }, 'illegal_policy columns.missing'],
  ])('refuses the policy of %s: %j', (column, policy, problem) => {
    expect(policyCodes(column, policy)).toEqual([problem]);
  });

  it('takes legal policies and reads fill values in the type of the column', () => {
    const policies = {
      city: { encoding: 'ordinal', unseen: 'rare', missing: 'constant', fillValue: 'nowhere' },
      member: { missing: 'constant', fillValue: 'yes' },
      joined: { missing: 'constant', fillValue: '1970-01-02' },
    };
    const { spec, problems } = complete({ columns: policies });
    expect(problems).toEqual([]);
    expect(spec?.columns['city']).toEqual(policies.city);
    expect(spec?.columns['member']).toEqual({ missing: 'constant', fillValue: 1 });
    expect(spec?.columns['joined']).toEqual({ missing: 'constant', fillValue: 86_400_000 });
  });

  it('reports an unknown algorithm alone', () => {
    const result = completeSpec({ algorithm: 'magic' }, { columns }, () => {
      throw new LearnError('unknown_algorithm', 'none');
    });
    expect(result.spec).toBeNull();
    expect(result.problems.map(({ code }) => code)).toEqual(['unknown_algorithm']);
  });
});
