import { describe, expect, it } from 'vitest';
import { RowSample } from './row-sample.js';

/** The chosen rows, asked for in portions of a hundred. */
function chosen(share: number, nRows: number, nColumns = 3, seed = 1): number[] {
  const sample = new RowSample({ share, seed }, nRows, nColumns);
  const rows: number[] = [];
  for (let from = 0; from < nRows; from += 100) {
    rows.push(...sample.choose(Math.min(100, nRows - from)).map((place) => from + place));
  }
  return rows;
}
const answered = (row: number, text = 'x') => ({
  row,
  input: { text },
  outputs: [1],
  decision: null,
  warnings: [],
});

describe('the sample of a file', () => {
  it('is every row, none, or exactly so many, in order and evenly', () => {
    expect(chosen(1, 1_234)).toEqual([...Array(1_234).keys()]);
    expect(chosen(0, 1_234)).toEqual([]);
    const tenth = chosen(0.1, 10_000);
    expect(tenth).toHaveLength(1_000);
    expect([...new Set(tenth)].sort((a, b) => a - b)).toEqual(tenth);
    const inFirstHalf = tenth.filter((row) => row < 5_000).length;
    // Five standard deviations of a hypergeometric count.
    expect(Math.abs(inFirstHalf - 500)).toBeLessThan(75);
  });

  it('keeps the share of many files of one row', () => {
    const nKept = Array.from({ length: 2_000 }, (_, seed) => chosen(0.25, 1, 3, seed).length).filter(Boolean);
    expect(Math.abs(nKept.length - 500)).toBeLessThan(100);
  });

  it('is bounded in rows, cells and characters, and counts what it leaves out', () => {
    const long = new RowSample({ share: 1, seed: 0 }, 20_000, 3);
    expect([long.choose(20_000).length, long.nLost]).toEqual([5_000, 15_000]);
    expect(new RowSample({ share: 1, seed: 0 }, 20_000, 1_000).choose(20_000)).toHaveLength(250);
    const wordy = new RowSample({ share: 1, seed: 0 }, 3, 1);
    for (const row of wordy.choose(3)) wordy.add(answered(row, 'x'.repeat(7_000_000)));
    expect([wordy.rows.length, wordy.nLost]).toEqual([2, 1]);
  });
});
