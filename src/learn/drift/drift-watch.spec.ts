import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.js';
import type { Table } from '../matrix/table.js';
import type { InputColumn } from '../pipeline/signature.js';
import { type AskedRow, DriftWatch } from './drift-watch.js';
import { binOf, profileInputs, readInputProfile } from './input-profile.js';

const N = 1000;
const INPUTS: readonly InputColumn[] = [
  { name: 'size', type: 'number', nullable: true, minimum: 0, maximum: N - 1 },
  { name: 'kind', type: 'text', nullable: true, categories: ['a', 'b', 'c'] },
  { name: 'isNew', type: 'boolean', nullable: true },
];
/** Sizes 0..999; kinds a, b, c in turn; every tenth kind missing; half of them new. */
const TABLE: Table = {
  nRows: N,
  columns: [
    { name: 'size', type: 'number', values: Float64Array.from({ length: N }, (_, i) => i) },
    {
      name: 'kind',
      type: 'text',
      codes: Int32Array.from({ length: N }, (_, i) => (i % 10 === 9 ? -1 : i % 3)),
      dictionary: ['a', 'b', 'c'],
    },
    { name: 'isNew', type: 'boolean', values: Float64Array.from({ length: N }, (_, i) => i % 2) },
  ],
};
const PROFILE = profileInputs(TABLE, INPUTS);

function trainingRow(i: number): Record<string, unknown> {
  return { size: i, kind: i % 10 === 9 ? null : 'abc'[i % 3], isNew: i % 2 === 1 };
}
const ROWS = Array.from({ length: N }, (_, i) => trainingRow(i));

function asked(rows: readonly unknown[], warnings: AskedRow['warnings'] = []): AskedRow[] {
  return rows.map((input) => ({ input, warnings }));
}

function findingsOf(rows: readonly unknown[]) {
  const watch = new DriftWatch(INPUTS, PROFILE);
  watch.add(asked(rows));
  return watch.findings();
}
const checksOf = (rows: readonly unknown[]) =>
  findingsOf(rows).violations.map(({ column, check }) => `${column}: ${check}`);

describe('what training saw', () => {
  it('is told in deciles, shares and missing values', () => {
    const [size, kind, isNew] = PROFILE.columns;
    expect(size).toMatchObject({ missingShare: 0, edges: [100, 200, 300, 400, 500, 600, 700, 800, 900] });
    expect(kind).toMatchObject({ missingShare: 0.1, categories: ['a', 'b', 'c'] });
    expect(isNew).toMatchObject({ categories: ['false', 'true'], shares: [0.5, 0.5, 0] });
    for (const { shares } of PROFILE.columns) expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it('survives the way through JSON, and damage is noticed', () => {
    const report = JSON.parse(JSON.stringify({ inputProfile: PROFILE })) as JsonObject;
    expect(readInputProfile(report)).toEqual(PROFILE);
    expect(readInputProfile({})).toBeNull();
    expect(readInputProfile({ inputProfile: { nRows: 3, columns: [{ name: 'size' }] } })).toBeNull();
  });

  it('has no empty bins, and its edges part values as a search from the left does', () => {
    const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: -7, max: 7 }), (column, value) => {
        const table: Table = {
          nRows: column.length,
          columns: [{ name: 'size', type: 'number', values: Float64Array.from(column) }],
        };
        const [profile] = profileInputs(table, INPUTS.slice(0, 1)).columns;
        if (profile === undefined || !('edges' in profile)) throw new Error('no profile');
        expect(profile.shares.every((share) => share > 0)).toBe(true);
        const naive = profile.edges.findIndex((edge) => value <= edge);
        expect(binOf(value, profile.edges)).toBe(naive === -1 ? profile.edges.length : naive);
      }),
    );
  });
});

describe('what has changed', () => {
  it('is nothing for the rows of the training, and for a handful of any', () => {
    expect(findingsOf(ROWS)).toMatchObject({ nRows: N, violations: [] });
    for (const { distance } of findingsOf(ROWS).columns) expect(distance).toBeLessThan(1e-12);
    expect(checksOf([trainingRow(7), trainingRow(998)])).toEqual([]);
    expect(checksOf([])).toEqual([]);
  });

  it('has the name of its check', () => {
    const changed = (change: (row: Record<string, unknown>, i: number) => object) =>
      checksOf(ROWS.map((row, i) => ({ ...row, ...change(row, i) })));
    expect(changed((row) => ({ size: Number(row['size']) + 300 }))).toEqual(['size: baseline_drift_check']);
    expect(changed(() => ({ kind: 'a' }))).toEqual(['kind: baseline_drift_check']);
    expect(changed((_, i) => (i % 50 === 0 ? { kind: 'new' } : {}))).toEqual([
      'kind: categorical_values_check',
    ]);
    expect(changed((row, i) => (i % 50 === 0 ? { size: String(row['size']) } : {}))).toEqual([
      'size: data_type_check',
    ]);
    expect(changed((_, i) => (i % 8 === 0 ? { size: null } : {}))).toEqual(['size: completeness_check']);
    // Handed through, or the target: nobody wondered.
    expect(changed(() => ({ id: 7, target: 1 }))).toEqual([]);
    expect(checksOf(ROWS.map(({ isNew: _, ...row }) => row))).toEqual([
      'isNew: missing_column_check',
      'isNew: completeness_check',
    ]);
  });

  it('is a column that was warned of', () => {
    const watch = new DriftWatch(INPUTS, PROFILE);
    watch.add(asked(ROWS.slice(0, 900)));
    watch.add(asked(ROWS.slice(900), [{ code: 'extra_column', column: 'colour' }]));
    expect(watch.findings().violations).toEqual([
      { column: 'colour', check: 'extra_column_check', measured: 0.1, allowed: 0 },
    ]);
  });

  it('is nothing where a model has no columns', () => {
    const watch = new DriftWatch([], null);
    watch.add(asked([{ image: [0, 1] }]));
    expect(watch.findings()).toEqual({ nRows: 1, columns: [], violations: [] });
  });

  it('is the same in one part and in many', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(N - 1), { maxLength: 50 }), fc.nat(50), (picked, at) => {
        const rows = picked.map((i) => ROWS[i]);
        const watch = new DriftWatch(INPUTS, PROFILE);
        watch.add(asked(rows.slice(0, at)));
        watch.add(asked(rows.slice(at)));
        expect(watch.findings()).toEqual(findingsOf(rows));
      }),
    );
  });
});
