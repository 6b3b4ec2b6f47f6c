/**
 * Prediction by many trees. Inner nodes are numbered as they are met depth first, left side first, and so are leaves, each
 * kind on its own; a walk keeps the number of its node and that of the next leaf. To the left the next inner node is
 * the next number and the next leaf stays; to the right both pass over the left side, which has one leaf more than inner
 * nodes. So a node needs no places of its children, and leaves no records:
 *
 *   nodes      16 bytes: threshold (64 bits) or the index of the first category word; inner nodes on the left side;
 *              feature * 16 + flags
 *   leafRows   4 bytes a leaf: where its values begin in `leafValues`
 *
 * Each step waits for memory and for a comparison that cannot be foreseen. So walkers go down side by side, a level a
 * round, and no branch depends on where they go: each writes the leaf that it would arrive at, and moves on in the
 * list only if it has not. Many rows go through one tree after the other, so that a tree stays in the cache, and
 * a row that has arrived makes room for the next; few rows go through all trees at once. A row's sum is taken over
 * the trees in the same order either way.
 */

const MISSING_GOES_RIGHT: i32 = 1;
const IS_CATEGORICAL: i32 = 2;
/** Behind the flags: whether the left child is a leaf, and whether the right one is. */
const LEAF_SHIFT: i32 = 2;
const FEATURE_SHIFT: i32 = 4;
/** Rows that are on their way at a time: enough to hide the wait for the second-level cache and most for the third. */
const MAX_WALKERS: i32 = 64;

let nFeatures: i32 = 0;
let nTrees: i32 = 0;
let nOutputs: i32 = 0;
/** 16 bytes each: node, next leaf, place of the row, place where the leaf is written. */
let walkers: usize = 0;
/** 4 bytes a row of the block, or a tree: the leaf that was arrived at. */
let arrived: usize = 0;
let rows: usize = 0;
let sums: usize = 0;
/** 12 bytes a tree: its first inner node, its first leaf, 1 where the root is a leaf. */
let roots: usize = 0;
let nodes: usize = 0;
let leafRows: usize = 0;
let leafValues: usize = 0;
let categoryBits: usize = 0;
let nCategories: usize = 0;

export function configure(
  nFeatures_: i32,
  nTrees_: i32,
  nOutputs_: i32,
  walkers_: usize,
  arrived_: usize,
  rows_: usize,
  sums_: usize,
  roots_: usize,
  nodes_: usize,
  leafRows_: usize,
  leafValues_: usize,
  categoryBits_: usize,
  nCategories_: usize,
): void {
  nFeatures = nFeatures_;
  nTrees = nTrees_;
  nOutputs = nOutputs_;
  walkers = walkers_;
  arrived = arrived_;
  rows = rows_;
  sums = sums_;
  roots = roots_;
  nodes = nodes_;
  leafRows = leafRows_;
  leafValues = leafValues_;
  categoryBits = categoryBits_;
  nCategories = nCategories_;
}

/**
 * Writes the nodes and leaves of one tree.
 * @param tree its number; its first inner node and leaf follow those that were written before
 * @param count nodes of the tree. IN feature, threshold, left, flags: as in a grown tree, children by their place in
 * the whole of which this tree begins at `offset`
 * @param stack scratch, 8 bytes a node
 * @returns inner nodes written; leaves are one more
 */
export function packTree(
  tree: i32,
  firstNode: i32,
  firstLeaf: i32,
  offset: i32,
  feature: usize,
  threshold: usize,
  left: usize,
  flags: usize,
  stack: usize,
): i32 {
  const root = roots + <usize>tree * 12;
  store<i32>(root, firstNode);
  store<i32>(root + 4, firstLeaf);
  store<i32>(root + 8, load<i32>(feature) < 0 ? 1 : 0);
  let inner = firstNode;
  let leaf = firstLeaf;
  let top = stack;
  // Pairs: a node, and of which inner node it is the right child (-1: of none).
  store<i32>(top, 0);
  store<i32>(top + 4, -1);
  top += 8;
  while (top > stack) {
    top -= 8;
    const at = <usize>load<i32>(top);
    const parent = load<i32>(top + 4);
    if (parent >= 0) store<i32>(nodes + ((<usize>parent) << 4) + 8, inner - parent - 1);
    const split = load<i32>(feature + (at << 2));
    const child = load<i32>(left + (at << 2));
    if (split < 0) {
      store<i32>(leafRows + ((<usize>leaf) << 2), child * nOutputs);
      leaf++;
      continue;
    }
    const below = <usize>(child - offset);
    const leaves =
      i32(load<i32>(feature + (below << 2)) < 0) | (i32(load<i32>(feature + ((below + 1) << 2)) < 0) << 1);
    const record = nodes + ((<usize>inner) << 4);
    store<f64>(record, load<f64>(threshold + (at << 3)));
    store<i32>(record + 12, (split << FEATURE_SHIFT) | (leaves << LEAF_SHIFT) | <i32>load<u8>(flags + at));
    store<i32>(top, <i32>below + 1);
    store<i32>(top + 4, inner);
    store<i32>(top + 8, <i32>below);
    store<i32>(top + 12, -1);
    top += 16;
    inner++;
  }
  return inner - firstNode;
}

/** Adds what all trees say of rows 0..nRows-1 to their sums. */
export function addRows(nRows: i32): void {
  for (let tree = 0; tree < nTrees; tree++) {
    walkRows(tree, nRows);
    for (let k = 0; k < nRows; k++) addLeaf(load<i32>(arrived + ((<usize>k) << 2)), k);
  }
}

/** The same for one row, at place `row` of the block. */
export function addRow(row: i32): void {
  const values = rows + <usize>(row * nFeatures) * 8;
  let n = 0;
  for (let tree = 0; tree < nTrees; tree++) {
    if (start(walkers + ((<usize>n) << 4), tree, values, arrived + ((<usize>tree) << 2))) n++;
  }
  while (n > 0) n = step(n);
  for (let tree = 0; tree < nTrees; tree++) addLeaf(load<i32>(arrived + ((<usize>tree) << 2)), row);
}

function walkRows(tree: i32, nRows: i32): void {
  let n = 0;
  let next = 0;
  const width = (<usize>nFeatures) << 3;
  let values = rows;
  do {
    while (n < MAX_WALKERS && next < nRows) {
      if (start(walkers + ((<usize>n) << 4), tree, values, arrived + ((<usize>next) << 2))) n++;
      values += width;
      next++;
    }
    n = step(n);
  } while (n > 0 || next < nRows);
}

/** @returns false where the root is a leaf, so that the walk is over */
function start(walker: usize, tree: i32, values: usize, at: usize): bool {
  const root = roots + <usize>tree * 12;
  const leaf = load<i32>(root + 4);
  if (load<i32>(root + 8) !== 0) {
    store<i32>(at, leaf);
    return false;
  }
  store<i32>(walker, load<i32>(root));
  store<i32>(walker + 4, leaf);
  store<u32>(walker + 8, <u32>values);
  store<u32>(walker + 12, <u32>at);
  return true;
}

/** Takes walkers 0..n-1 down a level. @returns how many are still on their way; they come first in the list */
function step(n: i32): i32 {
  const limit = walkers + ((<usize>n) << 4);
  const records = nodes;
  let to = walkers;
  for (let from = walkers; from < limit; from += 16) {
    const node = load<i32>(from);
    const leaf = load<i32>(from + 4);
    const places = load<u64>(from + 8);
    const record = records + ((<usize>node) << 4);
    const meta = load<i32>(record + 12);
    const inner = load<i32>(record + 8);
    const value = load<f64>(<usize>(<u32>places) + ((<usize>(meta >> FEATURE_SHIFT)) << 3));
    const threshold = load<f64>(record);
    // Missing is neither above nor up to the threshold.
    let side = i32(!(value <= threshold)) & (i32(value > threshold) | (meta & MISSING_GOES_RIGHT));
    if (meta & IS_CATEGORICAL) side = sideOfCategory(record, meta, value);
    const nextLeaf = leaf + (-side & (inner + 1));
    store<i32>(<usize>(places >> 32), nextLeaf);
    store<i32>(to, node + 1 + (-side & inner));
    store<i32>(to + 4, nextLeaf);
    store<u64>(to + 8, places);
    to += (<usize>(~(meta >> (LEAF_SHIFT + side)) & 1)) << 4;
  }
  return <i32>((to - walkers) >> 4);
}

/** 0: left, 1: right. */
function sideOfCategory(record: usize, meta: i32, value: f64): i32 {
  const count = load<u32>(nCategories + ((<usize>(meta >> FEATURE_SHIFT)) << 2));
  if (!(value >= 0 && value < <f64>count)) return meta & MISSING_GOES_RIGHT;
  const code = <u32>value;
  const word = <usize>load<f64>(record) + <usize>(code >> 5);
  return 1 - <i32>((load<u32>(categoryBits + (word << 2)) >> (code & 31)) & 1);
}

function addLeaf(leaf: i32, row: i32): void {
  const from = leafValues + ((<usize>load<i32>(leafRows + ((<usize>leaf) << 2))) << 3);
  const to = sums + ((<usize>row * <usize>nOutputs) << 3);
  if (nOutputs === 1) {
    store<f64>(to, load<f64>(to) + load<f64>(from));
    return;
  }
  const width = (<usize>nOutputs) << 3;
  const even = width & ~15;
  for (let c: usize = 0; c < even; c += 16)
    v128.store(to + c, f64x2.add(v128.load(to + c), v128.load(from + c)));
  if (even < width) store<f64>(to + even, load<f64>(to + even) + load<f64>(from + even));
}
