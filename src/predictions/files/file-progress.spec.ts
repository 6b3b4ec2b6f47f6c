import { describe, expect, it } from 'vitest';
import { FileProgress } from './file-progress.js';

describe('the progress of a file', () => {
  it('never goes back, is told four times a second at most, and says what is left once it can', () => {
    let now = 0;
    const told: (readonly [number, number | null])[] = [];
    const progress = new FileProgress(
      (done, etaSeconds) => told.push([done, etaSeconds]),
      () => now,
    );
    progress.report('scanning', 0);
    now = 100;
    progress.report('writing', 1);
    now = 500;
    progress.report('predicting', 0);
    progress.report('predicting', 0.1);
    // Read again with other types.
    now = 1_000;
    progress.report('scanning', 0);
    now = 10_000;
    progress.report('predicting', 0.5);
    now = 20_000;
    progress.report('a word that nobody knows', 1);
    expect(told).toEqual([
      [0, null],
      [0.25, null],
      [expect.closeTo(0.315), expect.closeTo(2.2)],
      [expect.closeTo(0.575), expect.closeTo(7.4)],
      [expect.closeTo(0.575), expect.closeTo(14.8)],
    ]);
  });
});
