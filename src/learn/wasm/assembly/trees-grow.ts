/**
 * Grows a whole tree, depth first, left child first, in one call (or in some, so that a cancel is heard): the same steps as
 * in estimators/tree/grow-tree.ts, which grows the trees whose leaves are counted or pruned.
 *
 * A node is opened when it comes from the stack: 40 bytes with its number, its rows, its depth, and what the split that
 * made it knew of it. Children that are pure become leaves at once, and where both are, no row moves.
 */
import { closeBlocks, enterBlocks } from './trees-block';
import { countRight, divideRows, takeRows } from './trees-divide';
import {
  bestGain,
  hasFound,
  impurity,
  isPure,
  openRows,
  openTwo,
  pureClass,
  searchFeature,
  writeValue,
} from './trees-node';
import { drawBelow } from './trees-random';
import { goesRight, MISSING_BIN, occurs, wordsOf, writeSet } from './trees-sets';
import {
  balances,
  bestCell,
  bestFeature,
  bestLeft,
  bestMissingRight,
  bestRight,
  bestRightSquares,
  bestSquares,
  bestThreshold,
  bestWeight,
  columnAt,
  constantSince,
  constants,
  element,
  features,
  importances,
  isMedian,
  isRandom,
  isWide,
  limitWeight,
  lowerOf,
  MANY,
  maxDepth,
  maxFeatures,
  maxSetWords,
  maxValues,
  minDecrease,
  minRows,
  minSplit,
  mode,
  NUMBERS,
  nCategoriesOf,
  nClasses,
  nFeatures,
  nodeCell,
  nodeFeature,
  nodeFlags,
  nodeLeft,
  nodeThreshold,
  setWords,
  stack,
  TWO,
  upperOf,
  values,
  WEIGHTED,
  weight,
} from './trees-state';
import { balanceClasses, cellOfRows } from './trees-two';
import { balanceRows } from './trees-weighted';

const PURE: f64 = 2.220446049250313e-16;
const PERFECT: f64 = 1 - 1e-12;
const NOT_CONSTANT: i32 = 2_147_483_647;
const ENTRY_BYTES: usize = 24;
const IS_CATEGORICAL: i32 = 2;
/** What a node costs beside its rows, in rows. */
const ROWS_PER_NODE: i32 = 50;
/** What a row costs by absolute error, in rows. */
const ROWS_PER_RANKED_ROW: i32 = 20;

let nRows: i32 = 0;
let rootWeight: f64 = 0;
let nNodes: i32 = 0;
let nLeaves: i32 = 0;
let deepest: i32 = 0;
let nValues: i32 = 0;
/** Values that JavaScript has taken. */
let nTaken: i32 = 0;
/** The same of the words of categories, and the most that a split has. */
let nWords: i32 = 0;
let nWordsTaken: i32 = 0;
let widest: i32 = 0;
let nConstants: i32 = 0;
let nDone: i32 = 0;
let top: usize = 0;
let spent: i32 = 0;

/**
 * Begins a tree of the configured place.
 * @param minWeightShare share of the tree's weight that each side of a split keeps
 * @returns the rows it learns from; 0: nothing begins
 */
export function beginTree(isDrawn: i32, minWeightShare: f64): i32 {
  closeBlocks();
  nRows = takeRows(isDrawn);
  if (nRows === 0) return 0;
  if (balances) {
    if (mode === TWO) balanceClasses(cellOfRows(0, nRows));
    else if (mode === WEIGHTED) balanceRows(nRows);
  }
  limitWeight(0);
  openRows(0, nRows);
  rootWeight = weight;
  if (minWeightShare > 0) limitWeight(minWeightShare * weight);
  widest = 0;
  for (let j = 0; j < nFeatures; j++) {
    widest = max(widest, wordsOf(columnAt(j)));
    store<i32>(features + ((<usize>j) << 2), j);
    store<i32>(constantSince + ((<usize>j) << 2), NOT_CONSTANT);
    store<f64>(importances + ((<usize>j) << 3), 0);
  }
  nNodes = 1;
  nLeaves = 0;
  deepest = 0;
  nValues = 0;
  nTaken = 0;
  nWords = 0;
  nWordsTaken = 0;
  nConstants = 0;
  nDone = 0;
  top = stack;
  nUnseen = -1;
  push(0, 0, nRows, 0, mode === TWO ? nodeCell : 0);
  return nRows;
}

/**
 * Goes on for about so many rows looked at.
 * @returns 1: there is more to do, and the values that are there must be taken first; 0: the tree is done
 */
export function growTree(budget: i32): i32 {
  nTaken += nValues;
  nValues = 0;
  nWordsTaken += nWords;
  nWords = 0;
  spent = 0;
  while (top > stack) {
    if (spent > budget || nValues === maxValues || nWords + widest > maxSetWords) return 1;
    growNode(budget);
  }
  return 0;
}

export function nodesGrown(): i32 {
  return nNodes;
}

export function leavesGrown(): i32 {
  return nLeaves;
}

export function depthGrown(): i32 {
  return deepest;
}

/** Leaves' values since growTree was called last. */
export function valuesWritten(): i32 {
  return nValues;
}

/** Words of categories since growTree was called last. */
export function setWordsWritten(): i32 {
  return nWords;
}

/** Rows that are in leaves. */
export function rowsDone(): i32 {
  return nDone;
}

function push(node: i32, from: i32, to: i32, depth: i32, cell: u64): void {
  store<i32>(top, node);
  store<i32>(top + 4, from);
  store<i32>(top + 8, to);
  store<i32>(top + 12, depth);
  store<u64>(top + 16, cell);
  top += ENTRY_BYTES;
}

/** Of the node on top of the stack: how many features were not looked at yet; -1: it is not open. */
let nUnseen: i32 = -1;
let foundVarying: bool = false;

/** Grows the node on top of the stack; where the budget ends before its features do, it stays there and open. */
function growNode(budget: i32): void {
  const entry = top - ENTRY_BYTES;
  const node = load<i32>(entry);
  const from = load<i32>(entry + 4);
  const to = load<i32>(entry + 8);
  const depth = load<i32>(entry + 12);
  const n = to - from;
  if (nUnseen < 0) {
    spent += n + ROWS_PER_NODE;
    if (mode === TWO) openTwo(from, to, load<u64>(entry + 16));
    else openRows(from, to);
    const mayBeSplit =
      !isPure && depth < maxDepth && n >= minSplit && n >= minRows << 1 && impurity > PURE * weight;
    nUnseen = mayBeSplit ? nFeatures : 0;
    foundVarying = false;
    if (mayBeSplit) {
      spent += enterBlocks(from, to, depth);
      forgetConstants(depth);
    }
  }
  if (!searchFeatures(depth, n, budget)) return;
  nUnseen = -1;
  top = entry;
  if (hasFound() && bestGain() / rootWeight + PURE >= minDecrease) {
    split(node, from, to, depth);
    return;
  }
  nDone += n;
  if (isPure && mode !== NUMBERS) {
    setLeaf(node, pureClass(), depth);
    return;
  }
  const width = (mode === NUMBERS ? 1 : <usize>nClasses) << 3;
  writeValue(values + <usize>nValues * width);
  setLeaf(node, nClasses + nTaken + nValues, depth);
  nValues++;
}

function setLeaf(node: i32, value: i32, depth: i32): void {
  store<i32>(nodeFeature + ((<usize>node) << 2), -1);
  store<i32>(nodeLeft + ((<usize>node) << 2), value);
  store<f64>(nodeThreshold + ((<usize>node) << 3), 0);
  store<u8>(nodeFlags + <usize>node, 0);
  nLeaves++;
  deepest = max(deepest, depth);
}

/**
 * Looks at features of the open node. They are drawn even when all are looked at: among features that do equally well (all
 * do, in a node of two rows) the seed decides, and not the order of the columns.
 * @returns false when the budget ended before
 */
function searchFeatures(depth: i32, n: i32, budget: i32): bool {
  const cost = isMedian ? n * ROWS_PER_RANKED_ROW : n;
  for (let left = nUnseen; left > 0 && (nFeatures - left < maxFeatures || !foundVarying); left--) {
    if (spent > budget) {
      nUnseen = left;
      return false;
    }
    const at = features + ((<usize>drawBelow(left)) << 2);
    const last = features + ((<usize>(left - 1)) << 2);
    const feature = load<i32>(at);
    store<i32>(at, load<i32>(last));
    store<i32>(last, feature);
    const since = constantSince + ((<usize>feature) << 2);
    if (load<i32>(since) < depth) continue;
    if (searchFeature(feature)) {
      foundVarying = true;
      if (hasFound() && bestGain() >= impurity * PERFECT) return true;
    } else {
      store<i32>(since, depth);
      store<i32>(constants + ((<usize>nConstants) << 2), feature);
      nConstants++;
    }
    spent += cost;
  }
  return true;
}

/** Depth first, what was found at this depth or deeper belongs to another branch. */
function forgetConstants(depth: i32): void {
  while (nConstants > 0) {
    const feature = load<i32>(constants + ((<usize>(nConstants - 1)) << 2));
    const since = constantSince + ((<usize>feature) << 2);
    if (load<i32>(since) < depth) return;
    store<i32>(since, NOT_CONSTANT);
    nConstants--;
  }
}

/** The middle of two numbers, at least the left and below the right one; does not overflow. */
function midpoint(left: f64, right: f64): f64 {
  const middle = left * 0.5 + right * 0.5;
  return middle < right && middle >= left ? middle : left;
}

function split(node: i32, from: i32, to: i32, depth: i32): void {
  const gain = bestGain();
  const feature = bestFeature;
  const column = columnAt(feature);
  const isSet = nCategoriesOf(column) > 0;
  const missingRight = bestMissingRight === 1 ? 1 : 0;
  const cut = bestRight < 0 ? (isWide(column) ? 65_534 : 254) : <u32>bestLeft;
  const threshold = isSet
    ? <f64>(nWordsTaken + nWords)
    : bestRight < 0
      ? Infinity
      : isRandom
        ? bestThreshold
        : midpoint(upperOf(column, bestLeft), lowerOf(column, bestRight));
  const left = nNodes;
  nNodes += 2;

  const leftCell = bestCell;
  const rightCell = nodeCell - bestCell;
  let leftClass = -1;
  let rightClass = -1;
  let middle: i32;
  if (mode === TWO) {
    leftClass = classOf(leftCell);
    rightClass = classOf(rightCell);
  }
  if (leftClass >= 0 && rightClass >= 0) {
    middle = to - countRight(column, from, to, cut, missingRight);
  } else {
    middle = divideRows(column, from, to, cut, missingRight);
    if (mode === MANY) {
      const rightWeight = <i64>weight - bestWeight;
      if (bestSquares === bestWeight * bestWeight) leftClass = <i32>(element(from) >> 48);
      if (bestRightSquares === rightWeight * rightWeight) rightClass = <i32>(element(middle) >> 48);
    }
  }

  // Where rows go whose value did not occur here: to the side of more rows.
  const moreGoRight = i32(to - middle > middle - from);
  let flag = bestMissingRight >= 0 ? missingRight : moreGoRight;
  if (isSet) {
    flag = IS_CATEGORICAL | (occurs(MISSING_BIN) ? <i32>goesRight(<u32>MISSING_BIN) : moreGoRight);
    writeSet(column, setWords + ((<usize>nWords) << 2), moreGoRight);
    nWords += wordsOf(column);
  }
  store<i32>(nodeFeature + ((<usize>node) << 2), feature);
  store<i32>(nodeLeft + ((<usize>node) << 2), left);
  store<f64>(nodeThreshold + ((<usize>node) << 3), threshold);
  store<u8>(nodeFlags + <usize>node, <u8>flag);
  const share = importances + ((<usize>feature) << 3);
  store<f64>(share, load<f64>(share) + max<f64>(0, gain));

  addChild(left + 1, middle, to, depth + 1, rightCell, rightClass);
  addChild(left, from, middle, depth + 1, leftCell, leftClass);
}

function addChild(node: i32, from: i32, to: i32, depth: i32, cell: u64, itsClass: i32): void {
  if (itsClass >= 0) {
    setLeaf(node, itsClass, depth);
    nDone += to - from;
  } else {
    push(node, from, to, depth, cell);
  }
}

/** The only class of a node of two classes; -1: it has both. */
function classOf(cell: u64): i32 {
  const inOne = <u32>(cell >> 32);
  if (inOne === 0) return 0;
  return inOne === <u32>cell ? 1 : -1;
}
