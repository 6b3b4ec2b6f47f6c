import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { createSharedMemory, integerScale, openBoostingKernels } from './boosting-kernels.js';

/** The kernels held against plain loops. Places are far enough apart for all that the tests put there. */
const OFFSETS = 1024;
const TABLE = 1280;
const DRAWN = 1536;
const OUT = 2048;
const SIDE = 4096;
const INTEGERS = 8192;
const HISTOGRAM = 65_536;
const BINS = 196_608;
const PAIRS = 327_680;
const ROWS = 458_752;
const SPARE = 524_288;
const RAW = 589_824;
const COUNT_SHIFT = 50;

const memory = createSharedMemory(2_000_000);
const kernels = openBoostingKernels(memory);
const { buffer } = memory;
const random = new Random(5);
const N_ROWS = 3000;
const N_FEATURES = 7;
const N_BINS = 40;
const CELL_WORDS = 4;

const rows = new Uint32Array(buffer, ROWS, N_ROWS);
const bins = new Uint8Array(buffer, BINS, N_ROWS * N_FEATURES);
const pairs = new Float32Array(buffer, PAIRS, 2 * N_ROWS);
const out = new Float64Array(buffer, OUT, 8);
const words = new Int32Array(buffer);

function fill(): void {
  for (let i = 0; i < N_ROWS; i++) rows[i] = i;
  random.shuffle(rows as Uint32Array);
  for (let k = 0; k < bins.length; k++) bins[k] = random.below(N_BINS);
  for (let i = 0; i < N_ROWS; i++) {
    // Multiples of 2^-10, so that plain sums are exact, too.
    pairs[2 * i] = (random.below(4096) - 2048) / 1024;
    pairs[2 * i + 1] = random.below(1024) / 1024;
  }
  const offsets = new Uint32Array(buffer, OFFSETS, N_FEATURES);
  for (let f = 0; f < N_FEATURES; f++) offsets[f] = f * N_BINS * 16;
}

function readCell(feature: number, bin: number): number[] {
  const at = (HISTOGRAM >>> 2) + (feature * N_BINS + bin) * CELL_WORDS;
  const word = (k: number): bigint => BigInt((words[at + k] as number) >>> 0);
  const packed = (word(3) << 32n) | word(2);
  return [
    Number(BigInt.asIntN(64, (word(1) << 32n) | word(0))) / 1024,
    Number(packed & ((1n << BigInt(COUNT_SHIFT)) - 1n)) / 1024,
    Number(packed >> BigInt(COUNT_SHIFT)),
  ];
}

function count(n: number): void {
  kernels.clear(HISTOGRAM, N_FEATURES * N_BINS * 16);
  kernels.addRows(HISTOGRAM, OFFSETS, N_FEATURES, BINS, PAIRS, ROWS, n, INTEGERS, 1024, 1024, COUNT_SHIFT);
}

it.each([0, 1, 5, 1024, 2777])('counts %i rows as plain sums do', (n) => {
  fill();
  count(n);
  for (let f = 0; f < N_FEATURES; f++) {
    const sums = Array.from({ length: N_BINS }, () => [0, 0, 0]);
    for (const row of rows.subarray(0, n)) {
      const cell = sums[bins[row * N_FEATURES + f] as number] as number[];
      cell[0] = (cell[0] as number) + (pairs[2 * row] as number);
      cell[1] = (cell[1] as number) + (pairs[2 * row + 1] as number);
      cell[2] = (cell[2] as number) + 1;
    }
    sums.forEach((cell, bin) => {
      expect(readCell(f, bin)).toEqual(cell);
    });
  }
});

it('adds up and subtracts histograms', () => {
  fill();
  count(1000);
  const bytes = N_FEATURES * N_BINS * 16;
  const once = words.slice(HISTOGRAM >>> 2, (HISTOGRAM + bytes) >>> 2);
  kernels.mergeCells(HISTOGRAM + bytes, HISTOGRAM, 0, 2, bytes);
  kernels.subtractCells(HISTOGRAM + bytes, HISTOGRAM, bytes);
  expect(words.slice((HISTOGRAM + bytes) >>> 2, (HISTOGRAM + 2 * bytes) >>> 2)).toEqual(once);
  kernels.sumCells(HISTOGRAM, 0, 1, N_BINS * 16, COUNT_SHIFT, 1 / 1024, 1 / 1024, OUT);
  const sum = (k: number): number =>
    rows.subarray(0, 1000).reduce((total, row) => total + (pairs[2 * row + k] as number), 0);
  expect(Array.from(out.subarray(0, 3))).toEqual([sum(0), sum(1), 1000]);
});

it('parts rows by side and keeps their order', () => {
  fill();
  const before = rows.slice();
  const side = new Uint8Array(buffer, SIDE, 256);
  for (let bin = 0; bin < 256; bin++) side[bin] = random.below(2);
  const sideOf = (row: number): number => side[bins[row] as number] as number;
  const nLeft = kernels.partition(ROWS, N_ROWS, SPARE, BINS, SIDE);
  const expected = [0, 1].flatMap((wanted) => Array.from(before).filter((row) => sideOf(row) === wanted));
  expect(Array.from(rows)).toEqual(expected);
  expect(nLeft).toBe(before.filter((row) => sideOf(row) === 0).length);
});

describe('the best cut', () => {
  it.each([
    ['free', 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['rising', 1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['bounded', 0, -0.05, 0.02],
  ])('of an exhaustive search, %s', (_, direction, lower, upper) => {
    fill();
    count(N_ROWS);
    kernels.sumCells(HISTOGRAM, 0, 1, N_BINS * 16, COUNT_SHIFT, 1 / 1024, 1 / 1024, OUT);
    const [gradient, hessian, nRows] = Array.from(out) as [number, number, number];
    const worth = (g: number, h: number): number => -g * Math.min(Math.max(-g / (h + 1), lower), upper);
    let best = { gain: 0, bin: -1 };
    const left = [0, 0, 0] as [number, number, number];
    for (let bin = 0; bin < N_BINS - 1; bin++) {
      readCell(2, bin).forEach((value, k) => {
        left[k] = (left[k] as number) + value;
      });
      if (left[2] < 200 || nRows - left[2] < 200) continue;
      const rise = (gradient - left[0]) / -(hessian - left[1] + 1) - left[0] / -(left[1] + 1);
      if (direction > 0 && rise < 0) continue;
      const gain = worth(left[0], left[1]) + worth(gradient - left[0], hessian - left[1]);
      if (gain > best.gain) best = { gain, bin };
    }
    const unit = 1 / 1024;
    new Int32Array(buffer, TABLE, 12).set([2 * N_BINS * 16, N_BINS, 0, direction], 8);
    new Uint8Array(buffer, DRAWN, 3).fill(1);
    const feature = kernels.findCuts(
      HISTOGRAM,
      TABLE,
      DRAWN,
      2,
      3,
      COUNT_SHIFT,
      unit,
      unit,
      gradient,
      hessian,
      nRows,
      0,
      lower,
      upper,
      1,
      200,
      1e-3,
      OUT,
    );
    expect(feature).toBe(best.bin < 0 ? -1 : 2);
    const bin = feature < 0 ? -1 : out[4];
    expect(bin).toBe(best.bin);
    if (feature >= 0) expect(out[0]).toBeCloseTo(best.gain, 9);
  });
});

it.each([1, 2, 3, 26])('has the gradients of the log loss, %i scores', (nScores) => {
  const n = 101;
  fill();
  const raw = new Float64Array(buffer, RAW, n * nScores);
  const y = new Float64Array(buffer, RAW + 65_536, n);
  const weights = new Float64Array(buffer, RAW + 131_072, n);
  const gradients = new Float32Array(buffer, RAW + 196_608, 2 * n * nScores);
  const listed = rows.subarray(0, n);
  for (let i = 0; i < n; i++) {
    listed[i] = (i * 37) % n;
    y[i] = random.below(Math.max(2, nScores));
    weights[i] = random.next() + 0.5;
  }
  for (let k = 0; k < raw.length; k++) raw[k] = random.normal() * (k % 5 === 0 ? 300 : 3);
  if (nScores === 1)
    kernels.sigmoidPairs(ROWS, n, RAW, y.byteOffset, weights.byteOffset, gradients.byteOffset, OUT);
  else {
    const places = [RAW, y.byteOffset, weights.byteOffset, gradients.byteOffset] as const;
    kernels.softmaxPairs(ROWS, n, nScores, n * 8, ...places, OUT, INTEGERS);
  }
  const totals = new Float64Array(buffer, OUT, 2 * nScores);
  for (let c = 0; c < nScores; c++) {
    const sums = [0, 0];
    for (let i = 0; i < n; i++) {
      const scores = Array.from({ length: nScores }, (_, k) => raw[k * n + i] as number);
      const most = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - most));
      const p =
        nScores === 1
          ? 1 / (1 + Math.exp(-(raw[i] as number)))
          : (powers[c] as number) / powers.reduce((a, b) => a + b, 0);
      const truth = nScores === 1 ? (y[i] as number) : y[i] === c ? 1 : 0;
      const pair = [(p - truth) * (weights[i] as number), p * (1 - p) * (weights[i] as number)];
      pair.forEach((value, k) => {
        // 32 bits, of a number up to 1.5.
        expect(gradients[2 * (c * n + i) + k]).toBeCloseTo(value, 6);
        sums[k] = (sums[k] as number) + Math.abs(value);
      });
    }
    expect(totals[2 * c]).toBeCloseTo(sums[0] as number, 6);
    expect(totals[2 * c + 1]).toBeCloseTo(sums[1] as number, 6);
  }
});

it('scales so that no sum leaves its bits, and few are wasted', () => {
  for (const [total, n, bits] of [
    [1, 1, 51],
    [12345.678, 100_000, 43],
    [1e-9, 1000, 51],
    [1e300, 1_000_000, 40],
  ] as const) {
    const scale = integerScale(total, n, bits);
    expect(total * scale + n / 2).toBeLessThan(2 ** bits);
    expect(total * scale).toBeGreaterThan(2 ** (bits - 3));
  }
  expect(Number.isFinite(integerScale(0, 10, 51))).toBe(true);
  expect(integerScale(Number.POSITIVE_INFINITY, 10, 51)).toBeGreaterThan(0);
});
