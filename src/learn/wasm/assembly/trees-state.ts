/**
 * What the tree kernels share: where the open tree lies in the memory, its limits, its open node, and the best cut found
 * at it. A thread has its own instance of the kernels, hence its own of each of these.
 *
 * `configure` reads them from a record that JavaScript writes, in the order of TREE_JOB in ../tree-kernels.ts.
 */

/** Two classes with whole-number weights, each class with a factor. */
export const TWO: i32 = 0;
/** Any number of classes with whole-number weights. */
export const MANY: i32 = 1;
/** Numbers. */
export const NUMBERS: i32 = 2;
/** Any number of classes, with weights of any size. */
export const WEIGHTED: i32 = 3;

export let mode: i32 = 0;
export let nClasses: i32 = 0;
/** Rows, and weight, that each side of a cut keeps. */
export let minRows: i32 = 1;
export let minWeight: f64 = 0;
export let minSplit: i32 = 2;
export let maxDepth: i32 = 0;
export let nFeatures: i32 = 0;
export let maxFeatures: i32 = 0;
/** Rows of the training set. */
export let nSamples: i32 = 0;
/** Share of the root's weight that a split must take away. */
export let minDecrease: f64 = 0;
/** Added to the value of a leaf; numbers only. */
export let center: f64 = 0;
/** TWO: by what the weights of each class are multiplied. */
export let scaleZero: f64 = 1;
export let scaleOne: f64 = 1;
/** TWO and WEIGHTED: whether each tree weighs classes by their frequency among the rows that it drew. */
export let balances: bool = false;

/** By row of the training set: the high half of its element with its own weight; numbers: its target. */
export let payloads: usize = 0;
export let rowTargets: usize = 0;
/**
 * By row of the training set, 8 bytes each: its weight. Numbers: 0 where weights are whole numbers, which elements hold.
 * Where trees balance classes, each has its own.
 */
export let rowWeights: usize = 0;
/** By feature: a record of the column, see `columnAt`. */
export let columns: usize = 0;

export let elements: usize = 0;
export let targets: usize = 0;
export let keys: usize = 0;
export let spare: usize = 0;
export let digits: usize = 0;
export let histogram: usize = 0;
export let histogramBytes: usize = 0;
export let rowCells: usize = 0;
export let occupied: usize = 0;
export let order: usize = 0;
export let totals: usize = 0;
export let totals16: usize = 0;
export let lefts: usize = 0;
export let counts: usize = 0;
export let features: usize = 0;
export let constantSince: usize = 0;
export let constants: usize = 0;
export let stack: usize = 0;
export let nodeFeature: usize = 0;
export let nodeThreshold: usize = 0;
export let nodeLeft: usize = 0;
export let nodeFlags: usize = 0;
export let importances: usize = 0;
export let values: usize = 0;
/** How many leaves' values there is room for before JavaScript takes them. */
export let maxValues: i32 = 0;
/** Categories: see trees-sets.ts. Words of finished splits, and how many there is room for. */
export let ranks: usize = 0;
export let sets: usize = 0;
export let setWords: usize = 0;
export let maxSetWords: i32 = 0;
/** Classes: entropy, else Gini impurity. */
export let isEntropy: bool = false;
export let logs: usize = 0;
/** Numbers: Poisson deviance, else squared error. */
export let isPoisson: bool = false;
/** Numbers: absolute error; see trees-median.ts. By row of the training set, 4 bytes each: the rank of its target. */
export let isMedian: bool = false;
export let rowRanks: usize = 0;
export let medians: usize = 0;
/** One random cut a column, else the best. */
export let isRandom: bool = false;
/** Scratch of trees-axis.ts. */
export let axes: usize = 0;
/** See trees-block.ts: its place, and how many rows have room; 0: there are no blocks. */
export let block: usize = 0;
export let blockRows: i32 = 0;

/** The open node. */
export let start: i32 = 0;
export let end: i32 = 0;
export let weight: f64 = 0;
/** TWO: the counts of the node, of all rows in the low half, of class 1 in the high half; and the weight in class 1. */
export let nodeCell: u64 = 0;
export let ones: f64 = 0;
/** MANY and WEIGHTED: the sum of squared class weights t; of t ln t. */
export let squares: f64 = 0;
export let terms: f64 = 0;
/** Numbers: the weighted sum of targets. */
export let sum: f64 = 0;

/** The best cut of the open node so far. */
export let best: f64 = -Infinity;
export let bestFeature: i32 = -1;
export let bestLeft: i32 = -1;
/** -1: only missing ones are on the right. */
export let bestRight: i32 = -1;
/** Where missing ones go; -1: there are none. */
export let bestMissingRight: i32 = 0;
/** Random cuts of numbers: the threshold. */
export let bestThreshold: f64 = 0;
/** TWO: the counts on the left, as in `nodeCell`. */
export let bestCell: u64 = 0;
/** MANY: weight and squares on the left, and squares on the right (by entropy -1 where there are several classes). */
export let bestWeight: i64 = 0;
export let bestSquares: i64 = 0;
export let bestRightSquares: i64 = 0;

let job: usize = 0;

function word(index: i32): i32 {
  return load<i32>(job + ((<usize>index) << 2));
}

function place(index: i32): usize {
  return <usize>load<u32>(job + ((<usize>index) << 2));
}

function real(index: i32): f64 {
  return load<f64>(job + ((<usize>index) << 3));
}

/** IN record: six 64-bit numbers, then 32-bit ones. */
export function configure(record: usize): void {
  job = record;
  minWeight = real(0);
  minDecrease = real(1);
  center = real(2);
  scaleZero = real(3);
  scaleOne = real(4);
  mode = word(12);
  nClasses = word(13);
  minRows = word(14);
  minSplit = word(15);
  maxDepth = word(16);
  nFeatures = word(17);
  maxFeatures = word(18);
  nSamples = word(19);
  maxValues = word(20);
  histogramBytes = place(21);
  payloads = place(22);
  rowTargets = place(23);
  columns = place(24);
  elements = place(25);
  targets = place(26);
  keys = place(27);
  spare = place(28);
  digits = place(29);
  histogram = place(30);
  rowCells = place(31);
  occupied = place(32);
  order = place(33);
  totals = place(34);
  totals16 = place(35);
  lefts = place(36);
  counts = place(37);
  features = place(38);
  constantSince = place(39);
  constants = place(40);
  stack = place(41);
  nodeFeature = place(42);
  nodeThreshold = place(43);
  nodeLeft = place(44);
  nodeFlags = place(45);
  importances = place(46);
  values = place(47);
  ranks = place(48);
  sets = place(49);
  setWords = place(50);
  maxSetWords = word(51);
  axes = place(52);
  isEntropy = word(53) === 1;
  logs = place(54);
  isRandom = word(55) === 1;
  balances = word(56) === 1;
  rowWeights = place(57);
  isPoisson = word(58) === 1;
  isMedian = word(59) === 1;
  rowRanks = place(60);
  medians = place(61);
  block = place(62);
  blockRows = word(63);
  start = 0;
  end = 0;
  memory.fill(totals, 0, (<usize>nClasses) << 3);
  memory.fill(lefts, 0, (<usize>nClasses) << 3);
}

export function setScales(zero: f64, one: f64): void {
  scaleZero = zero;
  scaleOne = one;
}

export function limitWeight(share: f64): void {
  minWeight = share;
}

export function setNode(from: i32, to: i32, itsWeight: f64): void {
  start = from;
  end = to;
  weight = itsWeight;
  best = -Infinity;
  bestFeature = -1;
}

export function setCell(cell: u64): void {
  nodeCell = cell;
  const inOne = <u32>(cell >> 32);
  ones = <f64>inOne * scaleOne;
}

export function setSquares(itsSquares: f64): void {
  squares = itsSquares;
}

export function setTerms(itsTerms: f64): void {
  terms = itsTerms;
}

export function setSum(itsSum: f64): void {
  sum = itsSum;
}

export function element(k: i32): u64 {
  return load<u64>(elements + ((<usize>k) << 3));
}

/** WEIGHTED: the weight of an element's row. */
export function rowWeight(word: u64): f64 {
  return load<f64>(rowWeights + ((<usize>(<u32>word)) << 3));
}

export function cellWeight(cell: u64): f64 {
  const inOne = <u32>(cell >> 32);
  const all = <u32>cell;
  return <f64>(all - inOne) * scaleZero + <f64>inOne * scaleOne;
}

/**
 * The record of a column: its codes' place, whether they have two bytes, how many there are, and their bounds; of
 * categories, their number, and the place of the code of each.
 */
export function columnAt(feature: i32): usize {
  return columns + ((<usize>feature) << 5);
}

export function isWide(column: usize): bool {
  return load<i32>(column + 4) !== 0;
}

export function codesOf(column: usize): usize {
  return <usize>load<u32>(column);
}

export function nCodesOf(column: usize): i32 {
  return load<i32>(column + 8);
}

export function lowerOf(column: usize, code: i32): f64 {
  return load<f64>(<usize>load<u32>(column + 12) + ((<usize>code) << 3));
}

export function upperOf(column: usize, code: i32): f64 {
  return load<f64>(<usize>load<u32>(column + 16) + ((<usize>code) << 3));
}

/** Whether each code is one value: then its bounds are laid out once. */
export function isExact(column: usize): bool {
  return load<u32>(column + 12) === load<u32>(column + 16);
}

/** 0: numbers. */
export function nCategoriesOf(column: usize): i32 {
  return load<i32>(column + 20);
}

export function binOfCategoryOf(column: usize): usize {
  return <usize>load<u32>(column + 24);
}

export function missingOf<T>(): u32 {
  return sizeof<T>() === 2 ? 65_535 : 255;
}

export function isAllowed(rowsLeft: i32, leftWeight: f64): bool {
  const rowsRight = end - start - rowsLeft;
  if (rowsLeft < minRows || rowsRight < minRows) return false;
  return leftWeight >= minWeight && weight - leftWeight >= minWeight;
}

export function take(score: f64, leftCode: i32, rightCode: i32, missingRight: i32): void {
  best = score;
  bestLeft = leftCode;
  bestRight = rightCode;
  bestMissingRight = missingRight;
  bestFeature = searched;
}

export function setThreshold(threshold: f64): void {
  bestThreshold = threshold;
}

export function takeCell(cell: u64): void {
  bestCell = cell;
}

export function takeSquares(leftWeight: i64, leftSquares: i64, rightSquares: i64): void {
  bestWeight = leftWeight;
  bestSquares = leftSquares;
  bestRightSquares = rightSquares;
}

/** The feature that is searched. */
export let searched: i32 = 0;

export function setSearched(feature: i32, floor: f64): void {
  searched = feature;
  best = floor;
}

/** The weight of an element. */
export function countOf(word: u64): f64 {
  return rowWeights === 0 ? <f64>(<u32>(word >> 32)) : rowWeight(word);
}
