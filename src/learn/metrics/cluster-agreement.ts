/**
 * How well clusters agree with known classes, whatever the numbers of the clusters are. Everything is read off the
 * contingency table: how many rows of class c went to cluster k. Sources: Hubert and Arabie 1985 (adjusted
 * Rand), Vinh, Epps and Bailey 2010 (adjusted mutual information), Rosenberg and Hirschberg 2007 (V-measure), Fowlkes
 * and Mallows 1983. Logarithms are natural; normalisations use the arithmetic mean, as scikit-learn does.
 */
import type { Codes } from '../matrix/number-types.js';

export interface ClusterAgreement {
  readonly adjustedRand: number;
  readonly mutualInformation: number;
  readonly normalizedMutualInformation: number;
  readonly adjustedMutualInformation: number;
  readonly homogeneity: number;
  readonly completeness: number;
  readonly vMeasure: number;
  readonly fowlkesMallows: number;
}

interface Contingency {
  readonly nSamples: number;
  /** Sizes of the occupied classes and clusters. */
  readonly classSizes: Float64Array;
  readonly clusterSizes: Float64Array;
  /** Row-major, classes * clusters. */
  readonly cells: Float64Array;
}

/**
 * All measures of agreement between two labelings of the same rows. 1 is perfect; the adjusted ones are about 0 for
 * labels drawn at random. Two labelings that each have a single group agree: 1.
 * @param classes, clusters length n >= 1, codes >= 0
 * Cost: O(n + classes * clusters), and O(n) more for the expected mutual information per row or column.
 */
export function clusterAgreement(classes: Codes, clusters: Codes): ClusterAgreement {
  const table = contingency(classes, clusters);
  const classEntropy = entropy(table.classSizes, table.nSamples);
  const clusterEntropy = entropy(table.clusterSizes, table.nSamples);
  const mutual = mutualInformation(table);
  const homogeneity = classEntropy === 0 ? 1 : mutual / classEntropy;
  const completeness = clusterEntropy === 0 ? 1 : mutual / clusterEntropy;
  const v = homogeneity + completeness;
  const isTrivial = table.classSizes.length === table.clusterSizes.length && table.classSizes.length === 1;
  const meanEntropy = (classEntropy + clusterEntropy) / 2;
  return {
    adjustedRand: adjustedRand(table),
    mutualInformation: mutual,
    normalizedMutualInformation: isTrivial ? 1 : mutual === 0 ? 0 : mutual / meanEntropy,
    adjustedMutualInformation: isTrivial
      ? 1
      : adjustForChance(mutual, expectedMutualInformation(table), meanEntropy),
    homogeneity,
    completeness,
    vMeasure: v === 0 ? 0 : (2 * homogeneity * completeness) / v,
    fowlkesMallows: fowlkesMallows(table),
  };
}

function contingency(classes: Codes, clusters: Codes): Contingency {
  const [classOf, nClasses] = renumber(classes);
  const [clusterOf, nClusters] = renumber(clusters);
  const cells = new Float64Array(nClasses * nClusters);
  const classSizes = new Float64Array(nClasses);
  const clusterSizes = new Float64Array(nClusters);
  for (let i = 0; i < classes.length; i++) {
    const c = classOf.get(classes[i] as number) as number;
    const k = clusterOf.get(clusters[i] as number) as number;
    cells[c * nClusters + k]! += 1;
    classSizes[c]! += 1;
    clusterSizes[k]! += 1;
  }
  return { nSamples: classes.length, classSizes, clusterSizes, cells };
}

function renumber(codes: Codes): [Map<number, number>, number] {
  const numbers = new Map<number, number>();
  for (const code of codes) if (!numbers.has(code)) numbers.set(code, numbers.size);
  return [numbers, numbers.size];
}

/** Pairs within a group, summed over the groups, doubled. */
function orderedPairs(sizes: Float64Array): number {
  let sum = 0;
  for (const size of sizes) sum += size * (size - 1);
  return sum;
}

function adjustedRand({ nSamples, classSizes, clusterSizes, cells }: Contingency): number {
  const together = orderedPairs(cells);
  const inClasses = orderedPairs(classSizes);
  const inClusters = orderedPairs(clusterSizes);
  const all = nSamples * (nSamples - 1);
  // Both labelings all-in-one or all-apart: they agree, and chance could do no other.
  if (inClasses === inClusters && together === inClasses) return 1;
  const expected = (inClasses * inClusters) / all;
  return (together - expected) / ((inClasses + inClusters) / 2 - expected);
}

function fowlkesMallows({ classSizes, clusterSizes, cells }: Contingency): number {
  const together = orderedPairs(cells);
  if (together === 0) return 0;
  return Math.sqrt(together / orderedPairs(classSizes)) * Math.sqrt(together / orderedPairs(clusterSizes));
}

function entropy(sizes: Float64Array, nSamples: number): number {
  if (sizes.length === 1) return 0;
  let sum = 0;
  for (const size of sizes) sum -= (size / nSamples) * Math.log(size / nSamples);
  return sum;
}

function mutualInformation({ nSamples, classSizes, clusterSizes, cells }: Contingency): number {
  if (classSizes.length === 1 || clusterSizes.length === 1) return 0;
  let sum = 0;
  for (let c = 0; c < classSizes.length; c++) {
    for (let k = 0; k < clusterSizes.length; k++) {
      const cell = cells[c * clusterSizes.length + k] as number;
      if (cell === 0) continue;
      const ratio = (nSamples * cell) / ((classSizes[c] as number) * (clusterSizes[k] as number));
      sum += (cell / nSamples) * Math.log(ratio);
    }
  }
  return Math.max(sum, 0);
}

/**
 * The mutual information that labelings of these group sizes have by chance (hypergeometric model). Log-factorials
 * come from one table of running sums.
 */
function expectedMutualInformation({ nSamples, classSizes, clusterSizes }: Contingency): number {
  if (classSizes.length === 1 || clusterSizes.length === 1) return 0;
  const logFactorial = new Float64Array(nSamples + 1);
  for (let i = 2; i <= nSamples; i++) logFactorial[i] = (logFactorial[i - 1] as number) + Math.log(i);
  const lf = (i: number): number => logFactorial[i] as number;
  let sum = 0;
  for (const a of classSizes) {
    for (const b of clusterSizes) {
      const fixed = lf(a) + lf(b) + lf(nSamples - a) + lf(nSamples - b) - lf(nSamples);
      const first = Math.max(1, a + b - nSamples);
      for (let n = first; n <= Math.min(a, b); n++) {
        const logChance = fixed - lf(n) - lf(a - n) - lf(b - n) - lf(nSamples - a - b + n);
        sum += (n / nSamples) * Math.log((nSamples * n) / (a * b)) * Math.exp(logChance);
      }
    }
  }
  return sum;
}

function adjustForChance(mutual: number, expected: number, meanEntropy: number): number {
  const room = meanEntropy - expected;
  // Keeps the sign and avoids 0/0 where chance already explains everything.
  const denominator = room < 0 ? Math.min(room, -Number.EPSILON) : Math.max(room, Number.EPSILON);
  return (mutual - expected) / denominator;
}
