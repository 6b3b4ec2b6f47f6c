import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FittedPipeline } from '../fitted-pipeline.js';
import { columnFrom, tableFrom, toyAlgorithm, toyContext, toySpec } from '../testing/toys.js';
import { trainPipeline } from '../train-pipeline.js';
import type { RowReader } from './row-reader.js';

/** The reader of bytes held against JSON.parse and the RowEncoder: what it reads it reads alike, and all else it leaves. */
const N_ROWS = 60;
const MAX_ROWS = 8;
const CITIES = ['Bonn', 'Köln', '7', 'a', 'a"b', 'back\\slash', 'line\nbreak', '東京', 'constructor'];
const LISTED = ['note', 'age', 'y', 'member', '__proto__', 'joined', 'city', 'größe "x"'];
const cells = <T>(cell: (i: number) => T): T[] => Array.from({ length: N_ROWS }, (_, i) => cell(i));
const table = tableFrom([
  columnFrom(
    'age',
    'number',
    cells((i) => 20 + (i % 20) / 2),
  ),
  columnFrom(
    'member',
    'boolean',
    cells((i) => i % 2 === 0),
  ),
  columnFrom(
    'joined',
    'date',
    cells((i) => (i % 2 === 0 ? '2020-01-01' : '2021-06-30')),
  ),
  columnFrom(
    'city',
    'text',
    cells((i) => CITIES[i % CITIES.length] as string),
  ),
  columnFrom(
    'größe "x"',
    'text',
    cells((i) => (i % 2 === 0 ? 'S' : 'M')),
  ),
  columnFrom(
    'note',
    'text',
    cells((i) => `n${i}`),
  ),
  columnFrom(
    '__proto__',
    'number',
    cells((i) => i),
  ),
  columnFrom(
    'secret',
    'number',
    cells(() => 1),
  ),
  columnFrom(
    'y',
    'number',
    cells((i) => i),
  ),
]);

let pipeline: FittedPipeline;
let reader: RowReader;

beforeAll(async () => {
  const algorithm = toyAlgorithm('regression');
  const columns = {
    age: { missing: 'median', addIndicator: true },
    city: { missing: 'most_frequent', unseen: 'error' },
    note: { encoding: 'hashing' },
  } as const;
  const spec = toySpec(algorithm, { columns, dropColumns: ['secret'], normalization: 'std' });
  pipeline = (await trainPipeline(table, spec, toyContext(algorithm))).pipeline;
  reader = pipeline.rowReader as RowReader;
});

/** The same rows as objects, as lists in an order of the columns, and as lists a column. */
const FORMS = {
  rows: (body: Uint8Array) => reader.readRows(body, 0, MAX_ROWS),
  lists: (body: Uint8Array) => reader.readLists(body, 0, LISTED, MAX_ROWS),
  columns: (body: Uint8Array) => reader.readColumns(body, 0, MAX_ROWS),
};
type Form = keyof typeof FORMS;

/** The rows that a body of a form says, by JSON.parse; undefined for what is none. */
function rowsOf(form: Form, body: Uint8Array): unknown[] | undefined {
  const sent: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  if (form === 'rows') return sent as unknown[];
  if (form === 'lists') {
    const lists = sent as unknown[][];
    return lists.every((list) => Array.isArray(list) && list.length === LISTED.length)
      ? lists.map((list) => Object.fromEntries(LISTED.map((name, k) => [name, list[k]])))
      : undefined;
  }
  const columns = Object.entries(sent as Record<string, unknown[]>);
  const nRows = columns[0]?.[1].length ?? 0;
  if (columns.some(([, values]) => values.length !== nRows)) return undefined;
  return Array.from({ length: nRows }, (_, i) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[i]])),
  );
}

/** Whether the bytes were read; if they were, both ways must have come to the same. */
function wasReadAlike(body: Uint8Array, form: Form = 'rows'): boolean {
  const end = FORMS[form](body);
  if (end !== body.length) return false;
  const read = pipeline.predictRead(reader);
  const rows = rowsOf(form, body) as unknown[];
  expect(rows.length).toBeLessThanOrEqual(MAX_ROWS);
  const parsed = pipeline.predictRows(rows);
  expect(read).toEqual(parsed);
  expect(Buffer.from(read.outputs.buffer)).toEqual(Buffer.from(parsed.outputs.buffer));
  return true;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const good = (changes: Record<string, unknown> = {}) => ({
  age: 30,
  member: true,
  joined: '2020-05-05',
  city: 'Bonn',
  'größe "x"': 'S',
  note: 'n1',
  ['__proto__']: 3,
  ...changes,
});
const isRead = (text: string) => wasReadAlike(bytesOf(text));
const withAge = (age: string) => `[${JSON.stringify(good()).replace('30', age)}]`;
const withCity = (city: string) => `[${JSON.stringify(good()).replace('"Bonn"', city)}]`;

describe('RowReader', () => {
  it('reads rows as they are usually sent', () => {
    expect(isRead(JSON.stringify([good(), good({ age: 20.5, city: '東京' })]))).toBe(true);
    expect(isRead(JSON.stringify([good()], null, 2))).toBe(true);
    const python = `[${JSON.stringify(good()).replaceAll(',"', ', "').replaceAll('":', '": ')}]`;
    expect(isRead(python)).toBe(true);
    const reversed = Object.fromEntries(Object.entries(good()).reverse());
    expect(isRead(JSON.stringify([good(), reversed, good()]))).toBe(true);
  });

  it('reads what is missing, unseen, out of range and not used', () => {
    const rows = [good({ age: null, city: '', joined: '' }), good({ note: 'new', age: 99, city: null })];
    expect(isRead(JSON.stringify(rows))).toBe(true);
    expect(isRead(JSON.stringify([good({ city: 'Paris' })]))).toBe(true);
    expect(isRead(JSON.stringify([good({ y: 'x\\"', secret: -1.5 }), good({ y: null })]))).toBe(true);
  });

  it.each([
    '0',
    '-0',
    '0.0',
    '-1.50',
    '1e3',
    '1E-7',
    '1e+22',
    '9007199254740993',
    '123456789012345678901234567890',
    '0.1234567890123456789',
    '3.0000000000000000000000004',
    '5e-324',
    '1.7976931348623157e308',
    '0.000000000000000000000001',
    `${'9'.repeat(300)}`,
    '"30"',
    '" 3e1 "',
  ])('reads the number %s as JSON.parse does', (age) => {
    expect(isRead(withAge(age))).toBe(true);
  });

  it.each([
    '01',
    '-',
    '.5',
    '1.',
    '1e',
    '+1',
    'NaN',
    '-Infinity',
    '0x1',
    '1_0',
    '1e999',
    '"1e999"',
    '"old"',
    '-"30"',
    'true',
    '[1]',
    '{}',
    'nul',
  ])('leaves %s to others', (age) => {
    expect(isRead(withAge(age))).toBe(false);
  });

  it.each([
    '"K\\u00f6ln"',
    '"a\\"b"',
    '"back\\\\slash"',
    '"line\\nbreak"',
    '"\\u6771\\u4eac"',
    '"\\ud800"',
    '"\\u0000"',
  ])('reads the text %s with its escapes', (city) => {
    expect(isRead(withCity(city))).toBe(true);
  });

  it.each(['"line\nbreak"', '"\\x41"', '"\\u12"', '"Bonn', '[7]', 'False', '"Bonn\\"'])(
    'leaves the text %s to others',
    (city) => {
      expect(isRead(withCity(city))).toBe(false);
    },
  );

  it('leaves rows with a column too many, too few or twice', () => {
    const { note: _, ...less } = good();
    expect(isRead(JSON.stringify([less]))).toBe(false);
    expect(isRead(JSON.stringify([good({ other: 1 })]))).toBe(false);
    expect(isRead(`[${JSON.stringify(good()).replace('}', ',"age":1}')}]`)).toBe(false);
    expect(isRead(`[${JSON.stringify(good({ y: 1 })).replace('}', ',"y":1}')}]`)).toBe(false);
    expect(isRead('[]')).toBe(false);
    expect(isRead(JSON.stringify(Array.from({ length: MAX_ROWS + 1 }, () => good())))).toBe(false);
    expect(isRead(JSON.stringify([good(), [1], null]))).toBe(false);
  });

  it('reads lists and columns', () => {
    const rows = [good(), good({ age: '7', city: 7, member: 'yes', joined: 1_590_000_000_000, note: false })];
    const both = rows.map((row) => ({ ...row, y: 1 }));
    for (const form of ['rows', 'lists', 'columns'] as const) {
      expect(wasReadAlike(bytesOf(JSON.stringify(inForm(form, both))), form)).toBe(true);
      expect(wasReadAlike(bytesOf(JSON.stringify(inForm(form, both), null, 1)), form)).toBe(true);
    }
    const columns = inForm('columns', rows) as Record<string, unknown[]>;
    expect(wasReadAlike(bytesOf(JSON.stringify({ ...columns, age: [1] })), 'columns')).toBe(false);
    expect(wasReadAlike(bytesOf(JSON.stringify({ ...columns, other: [1, 2] })), 'columns')).toBe(false);
    expect(reader.readLists(bytesOf('[[1]]'), 0, ['age'], MAX_ROWS)).toBe(-1);
  });

  it('goes on after more odd cells than it takes note of at once', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => good({ note: `new ${i}`, age: String(i) }));
    const body = bytesOf(JSON.stringify(rows));
    expect(reader.readRows(body, 0, rows.length)).toBe(body.length);
    expect(pipeline.predictRead(reader)).toEqual(pipeline.predictRows(rows));
    const columns = bytesOf(JSON.stringify(inForm('columns', rows)));
    expect(reader.readColumns(columns, 0, rows.length)).toBe(columns.length);
    expect(pipeline.predictRead(reader)).toEqual(pipeline.predictRows(rows));
  });

  it('reads for several models in turn', async () => {
    const algorithm = toyAlgorithm('regression');
    const other = (await trainPipeline(table, toySpec(algorithm), toyContext(algorithm))).pipeline;
    for (const city of ['Köln', '7', 'Paris']) {
      expect(isRead(JSON.stringify([good({ city })]))).toBe(true);
      const body = bytesOf(JSON.stringify([good({ city })]));
      expect(other.rowReader?.readRows(body, 0, 1)).toBe(body.length);
      expect(other.predictRead(other.rowReader as RowReader)).toEqual(other.predictRows([good({ city })]));
    }
  });

  it('leaves bytes that are no UTF-8', () => {
    const body = bytesOf(withCity('"K__ln"'));
    for (const [first, second] of [
      [0xc3, 0x28],
      [0xff, 0xfe],
      [0xed, 0xa0],
    ] as const) {
      const damaged = body.map((byte, at) =>
        byte === 0x5f ? (body[at - 1] === 0x5f ? second : first) : byte,
      );
      expect(wasReadAlike(damaged)).toBe(false);
    }
  });

  it('reads any rows like the other way, and never takes what that refuses, however they are damaged', () => {
    const text = fc.oneof(fc.constantFrom(...CITIES, ''), fc.string(), fc.string({ unit: 'binary' }));
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), text);
    const row = fc.record(
      {
        age: fc.oneof(
          { weight: 30, arbitrary: fc.double() },
          { weight: 9, arbitrary: fc.maxSafeInteger() },
          value,
        ),
        member: fc.oneof({ weight: 40, arbitrary: fc.constantFrom(true, false, null) }, value),
        joined: fc.oneof(
          { weight: 40, arbitrary: fc.constantFrom('2020-02-02', '1999-12-31T23:59:59Z', null) },
          value,
        ),
        city: fc.oneof({ weight: 40, arbitrary: text }, value),
        'größe "x"': fc.oneof({ weight: 40, arbitrary: fc.constantFrom('S', 'M', 'L', null) }, value),
        note: text,
        y: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(1, null, 'y') }, value),
      },
      { requiredKeys: ['age', 'member', 'joined', 'city', 'größe "x"', 'note'] },
    );
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      kind: fc.constantFrom('none', 'replace', 'insert', 'remove', 'double'),
      byte: fc.oneof(fc.constantFrom(...bytesOf('"\\{}[],:0123456789.-+eEntf \n\t')), fc.nat(255)),
    });
    let nRead = 0;
    let nLeft = 0;
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(undefined, 1, '\t'),
        fc.constantFrom<Form>('rows', 'lists', 'columns'),
        fc.array(damage, { minLength: 20, maxLength: 20 }),
        (rows, indent, form, damages) => {
          const complete = rows.map((cells) => ({ ...cells, ['__proto__']: 1 }));
          const body = bytesOf(JSON.stringify(inForm(form, complete), null, indent));
          for (const change of damages) {
            if (wasReadAlike(damaged(body, change), form)) nRead++;
            else nLeft++;
          }
        },
      ),
      { numRuns: 3000, seed: 11 },
    );
    expect(Math.min(nRead, nLeft)).toBeGreaterThan(3000);
  });
});

function inForm(form: Form, rows: readonly Record<string, unknown>[]): unknown {
  if (form === 'rows') return rows;
  if (form === 'lists')
    return rows.map((row) => LISTED.map((name) => (Object.hasOwn(row, name) ? row[name] : null)));
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)]));
}

function damaged(
  body: Uint8Array,
  { at, kind, byte }: { readonly at: number; readonly kind: string; readonly byte: number },
): Uint8Array {
  const place = Math.floor(at * body.length);
  const before = body.subarray(0, place);
  const after = body.subarray(place);
  switch (kind) {
    case 'replace':
      return Uint8Array.from([...before, byte, ...after.subarray(1)]);
    case 'insert':
      return Uint8Array.from([...before, byte, ...after]);
    case 'remove':
      return Uint8Array.from([...before, ...after.subarray(1)]);
    case 'double':
      return Uint8Array.from([...before, ...after.subarray(0, 12), ...after]);
    default:
      return body;
  }
}
