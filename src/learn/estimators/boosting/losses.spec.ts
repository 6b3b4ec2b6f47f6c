import { describe, expect, it } from 'vitest';
import { layOut, type MemoryNeeds } from './boost-memory.js';
import { GradientPass } from './gradient-pass.js';
import { baselineOf, type Loss, type LossArrays, lossOfRow, weightedQuantile } from './losses.js';

const STEP = 1e-4;
const allRows = Uint32Array.from({ length: 12 }, (_, i) => i);

/** Targets, raw scores and weights in the memory that the kernels work on, and the pass over them. */
function arraysFor(loss: Loss): LossArrays & { readonly writePairs: () => void } {
  const nSamples = 12;
  const needs: MemoryNeeds = {
    binned: {
      nSamples,
      nFeatures: 1,
      bins: new Uint8Array(nSamples),
      nBins: Int32Array.of(1),
      lower: new Float64Array(256),
      upper: new Float64Array(256),
      nCategories: new Int32Array(1),
      categoryOffsets: new Int32Array(1),
      binOfCategory: new Uint8Array(0),
    },
    nScores: loss.nScores,
    parties: 1,
    growsAlone: false,
    y: Float64Array.from({ length: nSamples }, (_, i) =>
      loss.name === 'log_loss' ? i % Math.max(2, loss.nScores) : 0.3 + i * 0.7,
    ),
    weights: Float64Array.from({ length: nSamples }, (_, i) => 1 + (i % 3)),
    trainRows: allRows,
    heldOutRows: new Uint32Array(0),
    subsample: 1,
    maxLeafNodes: 2,
    minSamplesLeaf: 1,
    monotonic: new Int8Array(1),
  };
  const memory = layOut(needs, () => {});
  const { y, weights, raw, pairs, trainRows } = memory.views;
  raw.forEach((_, i) => {
    raw[i] = Math.sin(i * 1.7) * 2;
  });
  const arrays = { nSamples, y, weights, raw, pairs };
  const totals = GradientPass.createBlockTotals(nSamples, loss.nScores);
  const pass = new GradientPass({ memory, loss, arrays, trainRows }, 0, 1, totals);
  return { ...arrays, writePairs: () => pass.write(() => {}) };
}

describe.each([
  { name: 'log_loss', nScores: 1, quantile: 0.5 },
  { name: 'log_loss', nScores: 4, quantile: 0.5 },
  { name: 'squared_error', nScores: 1, quantile: 0.5 },
  { name: 'absolute_error', nScores: 1, quantile: 0.5 },
  { name: 'quantile', nScores: 1, quantile: 0.8 },
  { name: 'poisson', nScores: 1, quantile: 0.5 },
  { name: 'gamma', nScores: 1, quantile: 0.5 },
] as Loss[])('$name with $nScores scores', (loss) => {
  it('has the gradients and hessians of its finite differences', () => {
    const arrays = arraysFor(loss);
    arrays.writePairs();
    for (let at = 0; at < arrays.raw.length; at++) {
      const row = at % arrays.nSamples;
      const weight = arrays.weights[row] as number;
      const kept = arrays.raw[at] as number;
      const lossAt = (shift: number): number => {
        arrays.raw[at] = kept + shift;
        const value = weight * lossOfRow(loss, arrays, row);
        arrays.raw[at] = kept;
        return value;
      };
      // Central differences err by STEP^2.
      expect(arrays.pairs[2 * at]).toBeCloseTo((lossAt(STEP) - lossAt(-STEP)) / (2 * STEP), 4);
      if (loss.name === 'absolute_error' || loss.name === 'quantile') continue;
      expect(arrays.pairs[2 * at + 1]).toBeCloseTo(
        (lossAt(STEP) - 2 * lossAt(0) + lossAt(-STEP)) / STEP ** 2,
        3,
      );
    }
  });

  it('begins with the constant that no other constant beats', () => {
    const arrays = arraysFor(loss);
    const rows = Uint32Array.from({ length: arrays.nSamples }, (_, i) => i);
    const baseline = baselineOf(loss, arrays.y, arrays.weights, rows);
    const total = (shift: number, score: number): number => {
      for (let k = 0; k < loss.nScores; k++) {
        const value = (baseline[k] as number) + (k === score ? shift : 0);
        arrays.raw.fill(value, k * arrays.nSamples, (k + 1) * arrays.nSamples);
      }
      let sum = 0;
      for (const row of rows) sum += (arrays.weights[row] as number) * lossOfRow(loss, arrays, row);
      return sum;
    };
    for (let score = 0; score < loss.nScores; score++) {
      for (const shift of [-0.1, 0.1])
        expect(total(shift, score)).toBeGreaterThanOrEqual(total(0, score) - 1e-9);
    }
  });
});

it('takes weighted quantiles', () => {
  const ones = new Float64Array(4).fill(1);
  expect(weightedQuantile(Float64Array.of(4, 1, 3, 2), ones, 0.5)).toBe(2.5);
  expect(weightedQuantile(Float64Array.of(1, 2, 3), Float64Array.of(1, 1, 8), 0.5)).toBe(3);
});
