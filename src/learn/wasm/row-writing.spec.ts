import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { RowWriter } from './row-writing.js';

const NO_CLASSES = new Int32Array(0);
const textOf = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('utf8');

/** The twin: what the engine writes. */
function expectLikeEngine(numbers: Float64Array): void {
  const writer = new RowWriter({ heads: [], names: [''], tail: '' });
  expect(textOf(writer.write(numbers, 1, NO_CLASSES, numbers.length))).toBe(numbers.join(','));
}

describe('numbers are written as the engine writes them', () => {
  it('at the ends of every range and form', () => {
    const edges = [
      0,
      1,
      9,
      10,
      99,
      100,
      1e15,
      1e16,
      1e20,
      1e21,
      1e22,
      1e23,
      123456789012345680000,
      2 ** 53,
      2 ** 53 - 1,
      2 ** 53 + 2,
      0.1,
      0.3,
      1 / 3,
      1e-5,
      1e-6,
      9.5e-7,
      1e-7,
      1.5e-9,
      4.35,
      123456.789,
      5e-324,
      1e-323,
      2.225073858507201e-308,
      Number.MIN_VALUE,
      Number.MAX_VALUE,
      1.5e300,
      9.109e-31,
      0.5,
      0.25,
      1.1e-10,
    ];
    expectLikeEngine(Float64Array.from([...edges, ...edges.map((edge) => -edge)]));
  });

  it('at every power of two, where the neighbours are unequally far, and beside it', () => {
    const powers = Array.from({ length: 2098 }, (_, n) => 2 ** (n - 1074));
    const beside = powers.flatMap((power) => [power * (1 - 2 ** -53), power * (1 + 2 ** -52)]);
    expectLikeEngine(Float64Array.from([...powers, ...beside].filter(Number.isFinite)));
  });

  it.each([
    ['of any bits', (random: Random) => random.next() * 2 ** (Math.floor(random.next() * 2000) - 1000)],
    ['between 0 and 1', (random: Random) => random.next()],
    [
      'of few digits',
      (random: Random) => Math.round(random.next() * 1e6) / 10 ** Math.floor(random.next() * 12),
    ],
  ])('%s', (_, draw) => {
    const random = new Random(3);
    expectLikeEngine(Float64Array.from({ length: 50_000 }, () => draw(random)));
  });
});

describe('rows', () => {
  const row = (head: string, a: number, b: number) => `${head},"no":${a},"schön ":${b}}}`;

  it('begin with what their class says, in whatever characters, and name each number', () => {
    const heads = ['{"label":"no"', '{"label":"schön \\" and longer than sixteen bytes"'];
    const writer = new RowWriter({ heads, names: [',"no":', ',"schön ":'], tail: '}}' });
    const written = writer.write(Float64Array.of(0.25, 0.75, 1, 0), 2, Int32Array.of(1, 0), 2);
    expect(textOf(written)).toBe(`${row(heads[1] as string, 0.25, 0.75)},${row(heads[0] as string, 1, 0)}`);
  });

  it('may say their class alone', () => {
    const writer = new RowWriter({ heads: ['{"a"', '{"b"'], names: [], tail: '}' });
    const scores = Float64Array.of(1, 2, 4, 3);
    expect(textOf(writer.write(scores, 2, Int32Array.of(1, 0), 2))).toBe('{"b"},{"a"}');
  });

  it('come in parts where they are many', () => {
    const writer = new RowWriter({ heads: [], names: ['{"value":'], tail: '}' });
    const numbers = Float64Array.from({ length: 100_000 }, (_, n) => n / 7);
    const parts = writer.write(numbers, 1, NO_CLASSES, numbers.length);
    expect(parts.length).toBeGreaterThan(1);
    expect(textOf(parts)).toBe(Array.from(numbers, (value) => `{"value":${value}}`).join(','));
  });
});
