import { describe, expect, it } from 'vitest';
import { problemOf } from '../testing/problem-of.js';
import { answer, toyModel } from '../testing/toy-model.js';
import { LoadedModel } from './loaded-model.js';
import { newPredictionId } from './prediction-id.js';
import type { ScoringResult } from './scoring-result.js';
import { rowsOf, type ServedModel } from './served-model.js';

const NO_SCORES = { problems: [], warnings: [], nWarningsLeftOut: 0 };
const input = { kind: 'rows', rows: [{ x: 1 }, { x: 2 }] } as const;

/** A model of another process: it answers later, with twice what it was given. */
const elsewhere: ServedModel = {
  signature: {
    task: 'regression',
    inputs: [{ name: 'x', type: 'number', nullable: true }],
    target: { name: 'y', type: 'number' },
    ignored: [],
  },
  outputKind: 'value',
  nOutputs: 1,
  runs: 'elsewhere',
  score: async (asked) => ({
    ...NO_SCORES,
    outputs: Float64Array.from(rowsOf(asked), (row) => 2 * (row as { x: number }).x),
  }),
};

describe('a loaded model', () => {
  it('answers with a promise only where the model runs elsewhere', async () => {
    const model = new LoadedModel('m', 1, elsewhere, 1);
    const asked = model.score({ input, options: {} });
    expect(asked).toBeInstanceOf(Promise);
    expect([...(await asked).outputs]).toEqual([2, 4]);
    const here = toyModel(['a', 'b'], [0.5, 0.5]);
    const rows = [{ age: 1, job: 'a' }];
    expect(here.score({ input: { kind: 'rows', rows }, options: {} })).not.toBeInstanceOf(Promise);
  });

  it('says so where a model cannot explain itself', async () => {
    const model = new LoadedModel('m', 1, elsewhere, 1);
    await expect(model.score({ input, options: { explain: true } })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('decides for the first of classes that are equally likely', () => {
    const model = toyModel(['a', 'b'], [0.5, 0.5]);
    const rows = [{ age: 1, job: 'a' }];
    const result = model.score({ input: { kind: 'rows', rows }, options: {} }) as ScoringResult;
    expect([...result.decisions]).toEqual([0]);
  });

  it('tells by the size of a body whether its rows would keep the event loop, once it has read some', () => {
    const model = toyModel(['a', 'b'], [0.5, 0.5]);
    expect(model.isQuickBody(1e9)).toBe(true);
    const rows = Array<object>(100).fill({ age: 1, job: 'a' });
    model.learnSize(2500, { input: { kind: 'rows', rows }, options: {} });
    // A row is first held for a tenth of a millisecond.
    expect(model.isQuickBody(400)).toBe(true);
    expect(model.isQuickBody(600)).toBe(false);
    for (let n = 0; n < 40; n++) model.learnSpeed(0.0001);
    expect(model.isQuickBody(600)).toBe(true);
  });

  it('takes columns for the rows that they are, whatever their names', () => {
    const columns = [
      { name: '__proto__', values: [1, undefined] },
      { name: 'x', values: Float64Array.of(2, 3) },
    ];
    const rows = rowsOf({ kind: 'columns', nRows: 2, columns }) as object[];
    expect(rows.map((row) => Object.entries(row))).toEqual([
      [
        ['__proto__', 1],
        ['x', 2],
      ],
      [
        ['__proto__', null],
        ['x', 3],
      ],
    ]);
  });

  it('speaks every protocol, and each refuses a body that is not its own', () => {
    const model = toyModel(['a', 'b'], [0.5, 0.5]);
    for (const protocol of ['native', 'open-inference', 'mlflow', 'bare'] as const) {
      expect(problemOf(() => answer(model, protocol, '{}')).status).toBe(400);
      expect(problemOf(() => answer(model, protocol, '{"x"')).code).toBe('invalid_json');
    }
  });
});

describe('the id of a prediction', () => {
  it('is a UUID of version 7, never twice the same, and sorts by time', () => {
    const ids = Array.from({ length: 2000 }, newPredictionId);
    expect(new Set(ids).size).toBe(2000);
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const times = ids.map((id) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Math.abs((times[0] as number) - Date.now())).toBeLessThan(60_000);
  });
});
