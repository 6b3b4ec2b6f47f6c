/**
 * The open node, whichever kind of target: its weight and impurity, the search of one of its columns, the value that it has
 * as a leaf. What is known of a node from the split that made it is not counted again.
 */
import { LN_2 } from './logarithm';
import { openCodes } from './trees-block';
import { searchDrawn } from './trees-drawn';
import { countLog, termsOfNode, weightLog } from './trees-entropy';
import { countClasses, NARROW_WEIGHT, narrowTotals, searchMany, searchManySets } from './trees-many';
import { isLevel, medianOfNode, openMedian } from './trees-median';
import { searchMedian, searchMedianSets } from './trees-median-cuts';
import { searchNumberSets, searchNumbers } from './trees-numbers';
import { deviance, termsOfCounts } from './trees-poisson';
import {
  best,
  bestFeature,
  cellWeight,
  center,
  columnAt,
  countOf,
  element,
  end,
  isEntropy,
  isMedian,
  isPoisson,
  isRandom,
  isWide,
  MANY,
  mode,
  nCategoriesOf,
  nClasses,
  nCodesOf,
  nodeCell,
  ones,
  setCell,
  setNode,
  setSearched,
  setSquares,
  setSum,
  setTerms,
  squares,
  start,
  sum,
  TWO,
  targets,
  terms,
  totals,
  WEIGHTED,
  weight,
} from './trees-state';
import { cellOfRows, entropyTerms, searchTwo, searchTwoSets } from './trees-two';
import { openWeights, searchWeighted, searchWeightedSets, writeShares } from './trees-weighted';

/** Weight times impurity of the open node, the score of leaving it whole, and whether all of its targets are the same. */
export let impurity: f64 = 0;
export let parentScore: f64 = 0;
export let isPure: bool = false;

/** Opens a node of which nothing is known. */
export function openRows(from: i32, to: i32): void {
  if (mode === TWO) openTwo(from, to, cellOfRows(from, to));
  else if (mode === MANY) openMany(from, to);
  else if (mode === WEIGHTED) openWeighted(from, to);
  else openNumbers(from, to);
}

/** Opens a node of two classes by its counts; its rows need not be looked at. */
export function openTwo(from: i32, to: i32, cell: u64): void {
  setNode(from, to, cellWeight(cell));
  setCell(cell);
  const inOne = <u32>(cell >> 32);
  isPure = inOne === 0 || inOne === <u32>cell;
  if (isEntropy) {
    parentScore = entropyTerms(cell);
    impurity = isPure ? 0 : -parentScore / LN_2;
    return;
  }
  parentScore = (ones * ones) / weight;
  impurity = isPure ? 0 : 2 * (ones - parentScore);
}

function openMany(from: i32, to: i32): void {
  const allSquares = countClasses(from, to, start, end);
  let all: i64 = 0;
  for (let k = from; k < to; k++) all += <i64>((element(k) >> 32) & 0xffff);
  setNode(from, to, <f64>all);
  setSquares(<f64>allSquares);
  if (weight <= NARROW_WEIGHT) narrowTotals();
  isPure = allSquares === all * all;
  if (isEntropy) {
    setTerms(termsOfNode(from, to));
    parentScore = terms - countLog(<u32>weight);
    impurity = isPure ? 0 : -parentScore / LN_2;
    return;
  }
  parentScore = <f64>allSquares / weight;
  impurity = isPure ? 0 : weight - parentScore;
}

function openWeighted(from: i32, to: i32): void {
  isPure = openWeights(from, to);
  parentScore = isEntropy ? terms - weightLog(weight) : squares / weight;
  if (isPure) impurity = 0;
  else impurity = isEntropy ? -parentScore / LN_2 : weight - parentScore;
}

function openNumbers(from: i32, to: i32): void {
  if (isMedian) {
    parentScore = -openMedian(from, to);
    isPure = isLevel();
    impurity = isPure ? 0 : -parentScore;
    return;
  }
  const first = load<f64>(targets + ((<usize>from) << 3));
  let areEqual = true;
  let w: f64 = 0;
  let s: f64 = 0;
  let square: f64 = 0;
  for (let k = from; k < to; k++) {
    const count = countOf(element(k));
    const target = load<f64>(targets + ((<usize>k) << 3));
    const weighted = count * target;
    w += count;
    s += weighted;
    square += weighted * target;
    if (target !== first) areEqual = false;
  }
  setNode(from, to, w);
  setSum(s);
  isPure = areEqual;
  parentScore = isPoisson ? deviance(s, w) : (s * s) / w;
  if (areEqual) impurity = 0;
  else impurity = max<f64>(0, (isPoisson ? termsOfCounts(from, to) : square) - parentScore);
}

/**
 * Looks for a cut of a column that is better than the best so far.
 * @returns false when the column is constant at the node
 */
export function searchFeature(feature: i32): bool {
  const column = columnAt(feature);
  const codes = openCodes(column);
  const nCodes = nCodesOf(column);
  setSearched(feature, best);
  if (nCategoriesOf(column) > 0) {
    if (mode === TWO) return searchTwoSets(codes, nCodes);
    if (mode === MANY) return searchManySets(codes);
    if (mode === WEIGHTED) return searchWeightedSets(codes);
    return isMedian ? searchMedianSets(codes) : searchNumberSets(codes, nCodes);
  }
  if (isRandom) return isWide(column) ? searchDrawn<u16>(column, codes) : searchDrawn<u8>(column, codes);
  if (isMedian) return isWide(column) ? searchMedian<u16>(codes) : searchMedian<u8>(codes);
  if (isWide(column)) {
    if (mode === TWO) return searchTwo<u16>(codes, nCodes);
    if (mode === MANY) return searchMany<u16>(codes, nCodes);
    if (mode === WEIGHTED) return searchWeighted<u16>(codes, nCodes);
    return searchNumbers<u16>(codes, nCodes);
  }
  if (mode === TWO) return searchTwo<u8>(codes, nCodes);
  if (mode === MANY) return searchMany<u8>(codes, nCodes);
  if (mode === WEIGHTED) return searchWeighted<u8>(codes, nCodes);
  return searchNumbers<u8>(codes, nCodes);
}

/** The decrease of weight times impurity of the best cut. */
export function bestGain(): f64 {
  if (isEntropy) return (best - parentScore) / LN_2;
  return (mode === TWO ? 2 : 1) * (best - parentScore);
}

/** OUT: the value of the open node as a leaf, one number a class, or one. */
export function writeValue(at: usize): void {
  if (mode === TWO) {
    store<f64>(at, (weight - ones) / weight);
    store<f64>(at + 8, ones / weight);
  } else if (mode === MANY) {
    for (let c = 0; c < nClasses; c++)
      store<f64>(at + ((<usize>c) << 3), <f64>load<u32>(totals + ((<usize>c) << 2)) / weight);
  } else if (mode === WEIGHTED) {
    writeShares(at);
  } else {
    // A pure leaf gives its target itself, not a quotient that rounding has touched.
    const pure = load<f64>(targets + ((<usize>start) << 3));
    store<f64>(at, (isPure ? pure : isMedian ? medianOfNode() : sum / weight) + center);
  }
}

/** The only class of a pure node. */
export function pureClass(): i32 {
  if (mode === TWO) return nodeCell >> 32 !== 0 ? 1 : 0;
  return <i32>(element(start) >> 48);
}

export function hasFound(): bool {
  return bestFeature >= 0;
}
