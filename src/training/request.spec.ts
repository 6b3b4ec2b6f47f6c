import { describe, expect, it } from 'vitest';
import type { ColumnSchema } from '../datasets/ingest/ingest-types.js';
import { hashOfJson } from './canonical-json.js';
import { checkContent } from './request-content.js';
import { checkShape } from './request-shape.js';

const column = (name: string, type: ColumnSchema['type'], distinctCount: number): ColumnSchema => ({
  name,
  type,
  nullCount: 0,
  distinctCount,
  missingMarkers: [],
});
const SCHEMA = [column('age', 'number', 70), column('job', 'text', 9), column('income', 'text', 2)];
const GOOD = {
  modelId: 'm1',
  ownerId: 'o1',
  datasetId: 'd1',
  algorithm: 'random_forest_classifier',
  target: 'income',
};

async function problemsOf(body: unknown, schema: readonly ColumnSchema[] | undefined = SCHEMA) {
  const shaped = await checkShape(body);
  const { spec, problems } = checkContent(shaped, schema);
  const all = [...shaped.problems, ...problems];
  return { spec, all, brief: all.map(({ code, argument }) => `${code} ${argument}`) };
}

describe('a request for a training', () => {
  it('is completed with defaults when it is right', async () => {
    const { spec, all } = await problemsOf(GOOD);
    expect(all).toEqual([]);
    expect(spec).toMatchObject({ target: 'income', dropColumns: [], testShare: 0.2, seed: 0, columns: {} });
    expect(spec?.parameters['nEstimators']).toBe(100);
  });

  it('takes null for "not said"', async () => {
    const { all } = await problemsOf({
      ...GOOD,
      seed: null,
      columns: null,
      dropColumns: null,
      modelName: null,
    });
    expect(all).toEqual([]);
  });

  it('has all of its problems named at once', async () => {
    const { brief } = await problemsOf({
      modelId: 7,
      datasetId: 'd1',
      algorithm: 'random_forest_classifier',
      target: 'salary',
      dropColumns: ['gone', 3],
      parameters: { nEstimators: 0, maxDepth: 'deep', leaves: 4 },
      normalization: 'loud',
      columns: { age: { missing: 'guess' }, nowhere: {} },
      testShare: 2,
      seed: 1.5,
      hurry: true,
    });
    expect(brief.sort()).toEqual(
      [
        'illegal_policy columns.missing',
        'missing_argument ownerId',
        'out_of_range normalization',
        'out_of_range parameters.nEstimators',
        'out_of_range testShare',
        'unknown_argument hurry',
        'unknown_column columns',
        'unknown_column dropColumns',
        'unknown_column target',
        'unknown_parameter parameters.leaves',
        'wrong_type dropColumns[1]',
        'wrong_type modelId',
        'wrong_type parameters.maxDepth',
        'wrong_type seed',
      ].sort(),
    );
  });

  it('names the type that was sent and the one that was expected', async () => {
    const { all } = await problemsOf({ ...GOOD, modelId: [], testShare: 'half' });
    expect(all).toContainEqual(
      expect.objectContaining({ argument: 'modelId', sentType: 'array', expectedType: 'string' }),
    );
    expect(all).toContainEqual(
      expect.objectContaining({ argument: 'testShare', sentType: 'string', expectedType: 'number' }),
    );
  });

  it('does not call an argument of the wrong type missing as well', async () => {
    expect((await problemsOf({ ...GOOD, target: 5 })).brief).toEqual(['wrong_type target']);
  });

  it('takes 1e999 for out of range, not for another type', async () => {
    const body: unknown = JSON.parse(JSON.stringify(GOOD).replace('}', ',"testShare":1e999}'));
    expect((await problemsOf(body)).brief).toEqual(['out_of_range testShare']);
  });

  it('contradicts itself', async () => {
    expect((await problemsOf({ ...GOOD, dropColumns: ['income'] })).brief).toEqual(['target_dropped target']);
    expect((await problemsOf({ ...GOOD, dropColumns: ['age', 'job'] })).brief).toEqual([
      'no_usable_columns dropColumns',
    ]);
    expect((await problemsOf({ ...GOOD, target: null })).brief).toEqual(['missing_argument target']);
    const policy = { ...GOOD, columns: { age: { encoding: 'one_hot' } } };
    expect((await problemsOf(policy)).brief).toEqual(['illegal_policy columns.encoding']);
  });

  it('is judged as far as it can be without its algorithm or its data set', async () => {
    const unknown = await problemsOf({ ...GOOD, algorithm: 'oracle', target: 'salary' });
    expect(unknown.brief).toEqual(['unknown_column target', 'unknown_algorithm algorithm']);
    const shaped = await checkShape({ ...GOOD, parameters: { leaves: 4 } });
    expect(checkContent(shaped, undefined).problems).toMatchObject([{ code: 'unknown_parameter' }]);
  });

  it('carries annotations unchanged, as long as they are an object', async () => {
    const annotations = { asked: { by: ['somebody', 7], why: null } };
    expect((await checkShape({ ...GOOD, annotations })).usable.annotations).toEqual(annotations);
    expect((await problemsOf({ ...GOOD, annotations: 'text' })).brief).toEqual(['wrong_type annotations']);
  });

  it('must be an object', async () => {
    for (const body of [undefined, null, [], 'x', 3]) {
      expect((await problemsOf(body)).all[0]).toMatchObject({ code: 'wrong_type', expectedType: 'object' });
    }
  });

  it('never shows a value that was sent', async () => {
    const secret = 'hunter2-hunter2';
    const body = { ...GOOD, modelId: `${secret}/`, normalization: secret, parameters: { criterion: secret } };
    const { all } = await problemsOf({ ...body, columns: { age: { missing: secret } }, seed: secret });
    expect(all.length).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(all)).not.toContain(secret);
  });
});

describe('hashOfJson', () => {
  it('depends on values, not on the order of keys', () => {
    expect(hashOfJson({ a: 1, b: { c: [1, 2], d: null } })).toBe(
      hashOfJson({ b: { d: null, c: [1, 2] }, a: 1 }),
    );
    const different = [
      { a: 1 },
      { a: '1' },
      { a: [1] },
      { a: null },
      {},
      [],
      { a: Number.POSITIVE_INFINITY },
      { a: Number.NEGATIVE_INFINITY },
    ];
    expect(new Set(different.map(hashOfJson)).size).toBe(different.length);
  });
});
