import { describe, expect, it } from 'vitest';
import { LearnError } from '../errors.js';
import type { KnownColumn } from './check-column-policy.js';
import { completeSpec, type PartialSpec } from './complete-spec.js';
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
    ['member', { missing: 'knn' }, 'illegal_policy columns.missing'],
    ['joined', { nNeighbors: 3 }, 'illegal_policy columns.nNeighbors'],
    ['city', { missing: 'error', addIndicator: true }, 'illegal_policy columns.addIndicator'],
    ['city', { addIndicator: 1 }, 'illegal_policy columns.addIndicator'],
    ['city', { minFrequency: 1.5 }, 'illegal_policy columns.minFrequency'],
    ['city', { minFrequency: 0 }, 'illegal_policy columns.minFrequency'],
    ['city', { maxCategories: 1 }, 'illegal_policy columns.maxCategories'],
    ['city', { maxCategories: 9, unseen: 'missing' }, 'illegal_policy columns.maxCategories'],
    ['member', { minFrequency: 2 }, 'illegal_policy columns.minFrequency'],
    ['city', { encoding: 'hashing', minFrequency: 2 }, 'illegal_policy columns.minFrequency'],
    ['city', { encoding: 'hashing', unseen: 'rare' }, 'illegal_policy columns.unseen'],
    ['city', { encoding: 'hashing', nBuckets: 5000 }, 'illegal_policy columns.nBuckets'],
    ['city', { nBuckets: 16 }, 'illegal_policy columns.nBuckets'],
    ['city', { encoding: 'target', missing: 'native' }, 'illegal_policy columns.missing'],
    ['joined', { dateParts: [] }, 'illegal_policy columns.dateParts'],
    ['joined', { dateParts: ['month', 'month'] }, 'illegal_policy columns.dateParts'],
    ['joined', { dateParts: ['minute'] }, 'illegal_policy columns.dateParts'],
    ['member', { dateParts: ['month'] }, 'illegal_policy columns.dateParts'],
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

  it('takes what only goes with others where it goes', () => {
    const policies = {
      city: { encoding: 'target', minFrequency: 0.01, maxCategories: 20, addIndicator: true },
      street: { encoding: 'hashing', missing: 'native', nBuckets: 32 },
      joined: { dateParts: ['month', 'day'] },
    };
    const { spec, problems } = complete({ target: 'age', columns: policies });
    expect(problems).toEqual([]);
    expect(spec?.columns).toEqual(policies);
    const size = { name: 'size', type: 'number' as const, distinctCount: 9, nullCount: 1 };
    const neighbors = { columns: { size: { missing: 'knn', nNeighbors: 3, addIndicator: false } } };
    const partial = { algorithm: algorithm.name, target: 'age', normalization: 'power', ...neighbors };
    expect(completeSpec(partial, { columns: [...columns, size] }, () => algorithm)).toMatchObject({
      problems: [],
      spec: { normalization: 'power', ...neighbors },
    });
  });

  it('knows no target encoding without a target', () => {
    const clustering = toyAlgorithm('clustering');
    const { problems } = complete({ target: null, columns: { city: { encoding: 'target' } } }, clustering);
    expect(problems.map(({ argument }) => argument)).toEqual(['columns.encoding']);
  });

  it('reports an unknown algorithm alone', () => {
    const result = completeSpec({ algorithm: 'magic' }, { columns }, () => {
      throw new LearnError('unknown_algorithm', 'none');
    });
    expect(result.spec).toBeNull();
    expect(result.problems.map(({ code }) => code)).toEqual(['unknown_algorithm']);
  });
});
