/**
 * Codes next to each other. The rows of a deep node lie far apart in the columns of the training set: of a million rows and
 * more, every look at a code is a line of memory, and often a page of it, that no cache holds. So when a branch has become
 * small enough, the codes of its rows are copied side by side once, and all nodes below it read these: first into a far
 * block that fits into the second-level cache, and from there, deeper down, into a near one.
 *
 * Inside a block an element names the place of its row in the block, not in the training set. So there are no blocks where
 * anything but codes is looked up by row: weights of any size, ranks of targets. Branches grow from left to right: a block
 * is needed until the first node that begins behind it.
 *
 *   block   for each feature `blockRows` codes of one or two bytes, with room for two; behind them the near one
 */
import {
  block,
  blockRows,
  codesOf,
  columnAt,
  columns,
  element,
  elements,
  isMedian,
  isWide,
  maxDepth,
  maxFeatures,
  nFeatures,
  rowWeights,
} from './trees-state';

/** A near block has room for so many times fewer rows, as a power of two. */
const NEAR_SHIFT: i32 = 4;
/** Smaller branches are not worth a block. */
const LEAST_ROWS: i32 = 16;

/** Where the elements end that name places in each block; 0: there is none. */
let farEnd: i32 = 0;
let nearEnd: i32 = 0;

/** All elements name rows of the training set. */
export function closeBlocks(): void {
  farEnd = 0;
  nearEnd = 0;
}

/** Where the codes of a column begin, for the elements of the node that grows. */
export function openCodes(column: usize): usize {
  const feature = (column - columns) >> 5;
  if (nearEnd > 0) return nearBlock() + feature * strideOf(nearRows());
  return farEnd > 0 ? block + feature * strideOf(blockRows) : codesOf(column);
}

/**
 * Copies the codes of a node that is going to be searched, where that is worth it.
 * @returns how many
 */
export function enterBlocks(from: i32, to: i32, depth: i32): i32 {
  if (from >= nearEnd) nearEnd = 0;
  if (from >= farEnd) farEnd = 0;
  if (nearEnd > 0 || rowWeights !== 0 || isMedian) return 0;
  const n = to - from;
  // Each level below reads about so many columns.
  const nLevels = min(maxDepth - depth, 32 - clz(n));
  if (n < LEAST_ROWS || nFeatures > maxFeatures * nLevels) return 0;
  if (n <= nearRows()) {
    copyCodes(from, to, nearBlock(), strideOf(nearRows()));
    nearEnd = to;
  } else if (n <= blockRows && farEnd === 0) {
    copyCodes(from, to, block, strideOf(blockRows));
    farEnd = to;
  } else {
    return 0;
  }
  return n * nFeatures;
}

function nearRows(): i32 {
  return blockRows >> NEAR_SHIFT;
}

function nearBlock(): usize {
  return block + <usize>nFeatures * strideOf(blockRows);
}

function strideOf(nRows: i32): usize {
  return (<usize>nRows) << 1;
}

/** Copies, and makes the elements name the places. */
function copyCodes(from: i32, to: i32, out: usize, stride: usize): void {
  for (let j = 0; j < nFeatures; j++) {
    const column = columnAt(j);
    if (isWide(column)) copyColumn<u16>(openCodes(column), from, to, out);
    else copyColumn<u8>(openCodes(column), from, to, out);
    out += stride;
  }
  for (let k = from; k < to; k++) store<u32>(elements + ((<usize>k) << 3), <u32>(k - from));
}

function copyColumn<T>(codes: usize, from: i32, to: i32, out: usize): void {
  for (let k = from; k < to; k++) {
    store<T>(out, load<T>(codes + <usize>(<u32>element(k)) * sizeof<T>()));
    out += sizeof<T>();
  }
}
