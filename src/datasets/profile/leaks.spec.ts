import { describe, expect, it } from 'vitest';
import { Random } from '../../learn/random.js';
import { type SampleColumn, toSampleColumn } from './sample.js';
import { profileTarget } from './target-profile.js';

type Cell = string | number | boolean | null;
const N = 600;
const range = <Value>(value: (row: number) => Value, n = N): Value[] =>
  Array.from({ length: n }, (_, row) => value(row));

/** `column reason otherColumn` of every leak of the first column. */
function leaksOf(table: Readonly<Record<string, readonly Cell[]>>): string[] {
  const columns = Object.entries(table).map(([name, cells]): SampleColumn => {
    const isText = cells.some((cell) => typeof cell === 'string');
    return toSampleColumn(
      name,
      isText,
      cells.map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell)),
    );
  });
  const profiles = columns.map(({ name, isText, nLevels, values }) => ({
    name,
    type: isText ? ('text' as const) : ('number' as const),
    ...(isText ? {} : { integer: values.every((value) => Number.isNaN(value) || Number.isInteger(value)) }),
    nMissing: 0,
    nDistinct: nLevels,
    topValues: [],
  }));
  const nRows = columns[0]!.codes.length;
  const { warnings } = profileTarget(columns[0]!.name, { nRows, isSampled: false, columns }, profiles);
  return warnings
    .filter(({ code }) => code === 'leaks_target')
    .map(({ column, reason, otherColumn }) => [column, reason, otherColumn].filter(Boolean).join(' '));
}

const random = new Random(21);
const noise = range(() => random.normal());
const more = range(() => random.normal());
const price = range((row) => 100 + 20 * noise[row]!);
const outcome = range(() => ['well', 'ill', 'gone'][random.below(3)]!);
const age = range(() => 20 + random.below(60));
const town = range(() => ['Ulm', 'Bonn', 'Kiel'][random.below(3)]!);

describe('a column that leaks the target', () => {
  it.each<[string, Record<string, readonly Cell[]>, string[]]>([
    ['a copy of numbers', { price, cost: price }, ['cost copy']],
    [
      'a copy with slips',
      { outcome, status: outcome.map((one, i) => (i % 40 ? one : 'ill')) },
      ['status copy'],
    ],
    [
      'a copy of a few numbers',
      { grade: age.map((one) => one % 5), mark: age.map((one) => one % 5) },
      ['mark copy'],
    ],
    [
      'the classes by other names, with slips',
      { outcome, code: outcome.map((one, i) => (i % 40 ? `c-${one}` : 'c-ill')) },
      ['code renamed'],
    ],
    [
      'several values a class',
      { outcome, ward: outcome.map((one, i) => `${one} ${i % 4}`) },
      ['ward decides'],
    ],
    [
      'numbers that were given after sorting',
      { outcome: [...outcome].sort(), id: range((row) => row * 3 + 7) },
      ['id order'],
    ],
    [
      'a date of death',
      {
        outcome: outcome.map((one) => (one === 'gone' ? one : 'here')),
        died: outcome.map((one, i) => (one === 'gone' ? i * i : null)),
      },
      ['died presence'],
    ],
    ['the target with noise', { price, guess: price.map((one, i) => one + more[i]!) }, ['guess monotone']],
    ['a bent copy', { price, rank: price.map((one) => Math.exp(one / 9)) }, ['rank monotone']],
    ['a falling copy', { price, rest: price.map((one) => 1 / one) }, ['rest monotone']],
    [
      'means of groups as texts',
      { price: range((row) => (row % 3) * 50 + noise[row]! / 100), band: range((row) => `b${row % 3}`) },
      ['band associated'],
    ],
  ])('%s', (_name, table, leaks) => {
    expect(leaksOf({ ...table, age, town })).toEqual(leaks);
  });
});

describe('two columns that leak the target', () => {
  const [left, right] = [range(() => 1 + random.below(50)), range(() => 1 + random.below(90))];
  const rates: Record<string, number> = { Ulm: 1, Bonn: -7, Kiel: 40 };
  const share: Record<string, number> = {};
  for (const name of Object.keys(rates)) {
    const here = outcome.filter((_, i) => town[i] === name);
    share[name] = here.filter((one) => one === 'ill').length / here.length;
  }
  const mean: Record<string, number> = {};
  for (const name of Object.keys(rates)) {
    const here = price.filter((_, i) => town[i] === name);
    mean[name] = here.reduce((sum, one) => sum + one, 0) / here.length;
  }
  it.each<[string, Record<string, readonly Cell[]>, string[]]>([
    ['a sum', { total: left.map((one, i) => one + right[i]!), left, right }, ['left formula right']],
    ['a difference', { gap: left.map((one, i) => one - right[i]!), left, right }, ['left formula right']],
    ['a product', { paid: left.map((one, i) => one * right[i]!), left, right }, ['left formula right']],
    ['a quotient', { each: left.map((one, i) => one / right[i]!), left, right }, ['left formula right']],
    [
      'a sum where values are missing',
      {
        total: left.map((one, i) => one + right[i]!),
        left: left.map((one, i) => (i % 9 ? one : null)),
        right,
      },
      ['left formula right'],
    ],
    [
      'another unit in each group',
      { price, local: price.map((one, i) => one * rates[town[i]!]!) },
      ['local by_group town'],
    ],
    [
      'values that decide together',
      {
        odd: left.map((one, i) => ((one + right[i]!) % 2 ? 'odd' : 'even')),
        a: left.map((one) => one % 2),
        b: right.map((one) => `b${one % 2}`),
      },
      ['b by_group a'],
    ],
    ['a mean of each group', { price, usual: town.map((one) => mean[one]!) }, ['usual group_mean town']],
    [
      'a share of each group',
      { ill: outcome.map((one) => (one === 'ill' ? 'yes' : 'no')), usual: town.map((one) => share[one]!) },
      ['usual group_mean town'],
    ],
  ])('%s', (_name, table, leaks) => {
    expect(leaksOf({ ...table, age, town })).toEqual(leaks);
  });
});

describe('the words of a leak', () => {
  it('say exactly what was found, and name columns but no value', () => {
    const left = range(() => random.below(50));
    const columns = [
      toSampleColumn(
        'total',
        false,
        age.map((one, i) => one + left[i]!),
      ),
      toSampleColumn('age', false, age),
      toSampleColumn('left', false, left),
    ];
    const profile = { name: 'total', type: 'number' as const, integer: true, nMissing: 0 };
    const profiles = [{ ...profile, nDistinct: columns[0]!.nLevels, topValues: [] }];
    expect(profileTarget('total', { nRows: N, isSampled: false, columns }, profiles).warnings).toEqual([
      {
        code: 'leaks_target',
        column: 'age',
        otherColumn: 'left',
        reason: 'formula',
        message:
          'The target is the sum of this column and "left". Is it known when a prediction is asked for?',
        share: 1,
      },
    ]);
  });
});

describe('no leak', () => {
  it('is seen in columns that say much, in what the class says, in sorted tables and in identifiers', () => {
    expect(leaksOf({ price, hint: price.map((one, i) => one + 8 * more[i]!), age, town })).toEqual([]);
    // Every gone patient has the flag, but so have others; the class says the flag and not the other way round.
    const flag = outcome.map((one) => (one === 'well' ? 0 : 1));
    expect(leaksOf({ outcome, flag, text: flag.map((one) => `f${one}`), age })).toEqual([]);
    expect(leaksOf({ outcome: [...outcome].sort(), age, town })).toEqual([]);
    expect(leaksOf({ outcome, id: range((row) => `p-${row}`), number: range((row) => row) })).toEqual([]);
    // Mostly the same value in both by chance.
    const rare = range((row) => (row % 50 ? 'no' : 'yes'));
    expect(leaksOf({ rare, other: range((row) => (row % 49 ? 'no' : 'yes')), age })).toEqual([]);
  });

  it('is seen in a few rows', () => {
    const few = { a: [1.5, 2.5, 3.5, 4.5], b: [1.5, 2.5, 3.5, 4.5], c: ['x', 'y', 'z', 'w'] };
    expect(leaksOf(few)).toEqual([]);
  });
});
