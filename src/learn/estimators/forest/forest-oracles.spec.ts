import { describe, expect, it } from 'vitest';
import type { ParameterValue } from '../../parameters.js';
import { findAlgorithm } from '../../registry.js';
import { readOracles } from '../../testing/read-oracles.js';
import { classes, dataOf, fitWith, numbers, predictRows } from '../tree/testing/fit-helpers.js';

interface Oracles {
  nTrees: number;
  nTreesScored: number;
  tables: (number | null)[][][];
  cases: {
    algorithm: string;
    options: Record<string, ParameterValue>;
    /** 0: a regression. */
    classes: number;
    rows: (number | null)[][];
    target: number[];
    sampleWeight: number[] | null;
    /** Of `tables`. */
    queries: number;
    means: number[][];
    /** Of a single tree. */
    deviations: number[][];
    importances: number[];
    /** Over forests; null where there is no bootstrap. */
    outOfBag: { mean: number; deviation: number } | null;
  }[];
}

const { nTrees, nTreesScored, tables, cases } = readOracles<Oracles>('forests.json');
const withNaN = (rows: (number | null)[][]): number[][] =>
  rows.map((row) => row.map((value) => value ?? Number.NaN));

/** Of some 800 comparisons none should be further off than this by chance. */
const STANDARD_ERRORS = 4.5;
const OUR_TREES = 1000;
const standardError = Math.sqrt(1 / OUR_TREES + 1 / nTrees);

describe.each(
  cases.map((oracle) => ({
    oracle,
    name: [
      oracle.algorithm,
      JSON.stringify(oracle.options),
      ...(oracle.rows.flat().includes(null) ? ['gaps'] : []),
      ...(oracle.sampleWeight === null ? [] : ['weights']),
    ].join(', '),
  })),
)('$name', ({ oracle }) => {
  const algorithm = findAlgorithm(oracle.algorithm);
  const y = oracle.classes > 0 ? classes(oracle.target, oracle.classes) : numbers(oracle.target);
  const data = {
    ...dataOf(withNaN(oracle.rows), y),
    ...(oracle.sampleWeight === null ? {} : { sampleWeight: Float64Array.from(oracle.sampleWeight) }),
    classNames: Array.from({ length: oracle.classes }, (_, code) => String(code)),
  };

  it('predicts on average what scikit-learn does', async () => {
    const forest = await fitWith(algorithm, data, { ...oracle.options, nEstimators: OUR_TREES });
    const found = predictRows(forest, withNaN(tables[oracle.queries] as (number | null)[][]));
    found.forEach((row, i) => {
      row.forEach((value, c) => {
        const room = STANDARD_ERRORS * (oracle.deviations[i]?.[c] as number) * standardError;
        expect(Math.abs(value - (oracle.means[i]?.[c] as number)), `query ${i}, output ${c}`).toBeLessThan(
          room + 1e-6,
        );
      });
    });
    oracle.importances.forEach((share, j) => {
      expect(Math.abs((forest.featureImportances?.[j] as number) - share)).toBeLessThan(0.02);
    });
  });

  const { outOfBag } = oracle;
  if (outOfBag !== null) {
    it('has its out-of-bag score', async () => {
      const options = { ...oracle.options, nEstimators: nTreesScored, oobScore: true };
      const scores: number[] = [];
      for (let seed = 1; seed <= 4; seed++) {
        const forest = await fitWith(algorithm, data, options, { seed });
        scores.push(Number(forest.facts?.['oobScore']));
      }
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const room = (STANDARD_ERRORS * outOfBag.deviation) / Math.sqrt(scores.length);
      expect(Math.abs(mean - outOfBag.mean)).toBeLessThan(room);
    });
  }
});
