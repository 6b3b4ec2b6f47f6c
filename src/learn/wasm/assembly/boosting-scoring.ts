/**
 * Many rows through many small trees without walking any (after Lucchese et al. 2015, QuickScorer, doi
 * 10.1145/2766462.2767733). A tree's leaves are bits of a word. What one feature's value says about a tree is a mask of
 * the leaves that it leaves open: all but those beyond a split on that feature which the value turns away from. The masks
 * of a tree's features, combined by "and", have one bit left: the leaf at which a walk would have arrived.
 *
 * Values are first coded: a feature's code says between which of its cuts in the whole ensemble a value lies, or which
 * class of categories it is in. A mask is then one look into a table that belongs to the tree and the feature. Nothing depends on a comparison's outcome but the places that are read, so no branch is guessed wrong, and
 * the reads of a row do not wait for each other, as the steps of a walk do.
 *
 * Trees come in records of 32-bit words: features used, where the leaves' values lie, which score, then for each feature
 * where its codes and its table lie. Rows come in blocks; codes, scores: a block's rows one after the other.
 */

/**
 * OUT codes of n values, `stride` bytes apart: how many of the cuts lie below, nCuts + 1 for a missing value. Cuts ascend,
 * 1..254 of them.
 */
export function encodeNumbers(
  from: usize,
  n: i32,
  stride: usize,
  cuts: usize,
  nCuts: i32,
  codes: usize,
): void {
  for (let row: i32 = 0; row < n; row++, from += stride) {
    const value: f64 = load<f64>(from);
    let low: usize = cuts;
    for (let length: i32 = nCuts; length > 1; ) {
      const half: i32 = length >> 1;
      const middle: usize = low + ((<usize>half) << 3);
      low = select<usize>(middle, low, load<f64>(middle - 8) < value);
      length -= half;
    }
    const nBelow: i32 = <i32>((low - cuts) >> 3) + <i32>(load<f64>(low) < value);
    store<u8>(codes + <usize>row, <u8>select<i32>(nBelow, nCuts + 1, value <= Infinity));
  }
}

/** The same for categories: `classes` holds the code of each of nCategories, `missing` is that of any other value. */
export function encodeCategories(
  from: usize,
  n: i32,
  stride: usize,
  classes: usize,
  nCategories: i32,
  missing: i32,
  codes: usize,
): void {
  for (let row: i32 = 0; row < n; row++, from += stride) {
    const value: f64 = load<f64>(from);
    const isKnown: bool = value >= 0 && value < <f64>nCategories;
    store<u8>(codes + <usize>row, isKnown ? load<u8>(classes + <usize>(<u32>value)) : <u8>missing);
  }
}

/**
 * IN/OUT scores: adds the leaf values of nTrees trees of at most 32 leaves. `masks`: scratch of 4 bytes a row;
 * `width`: bytes from one score to the next. Gives where the record of the next tree begins.
 */
export function addTrees32(
  records: usize,
  nTrees: i32,
  codes: usize,
  n: i32,
  masks: usize,
  scores: usize,
  width: usize,
): usize {
  return addTrees<u32>(records, nTrees, codes, n, masks, scores, width);
}

/** The same for trees of at most 64 leaves; `masks`: 8 bytes a row. */
export function addTrees64(
  records: usize,
  nTrees: i32,
  codes: usize,
  n: i32,
  masks: usize,
  scores: usize,
  width: usize,
): usize {
  return addTrees<u64>(records, nTrees, codes, n, masks, scores, width);
}

function addTrees<Mask>(
  records: usize,
  nTrees: i32,
  codes: usize,
  n: i32,
  masks: usize,
  scores: usize,
  width: usize,
): usize {
  const end: usize = masks + <usize>n * sizeof<Mask>();
  for (let tree: i32 = 0; tree < nTrees; tree++) {
    const nUsed: i32 = load<i32>(records);
    const leaves: usize = load<u32>(records, 4);
    let sum: usize = scores + <usize>load<u32>(records, 8) * width;
    records = combine<Mask>(records + 12, nUsed, codes, n, masks);
    for (let at: usize = masks; at < end; at += sizeof<Mask>(), sum += 8) {
      store<f64>(sum, load<f64>(sum) + load<f64>(leaves + ((<usize>ctz<Mask>(load<Mask>(at))) << 3)));
    }
  }
  return records;
}

/** OUT masks of n rows by all features of a record, four a pass. Gives where the record ends. */
function combine<Mask>(record: usize, nUsed: i32, codes: usize, n: i32, masks: usize): usize {
  const size: usize = sizeof<Mask>();
  const end: usize = masks + <usize>n * size;
  memory.fill(masks, 255, end - masks);
  let k: i32 = 0;
  for (; k + 4 <= nUsed; k += 4, record += 32) {
    let c0: usize = codes + <usize>load<u32>(record);
    const t0: usize = load<u32>(record, 4);
    let c1: usize = codes + <usize>load<u32>(record, 8);
    const t1: usize = load<u32>(record, 12);
    let c2: usize = codes + <usize>load<u32>(record, 16);
    const t2: usize = load<u32>(record, 20);
    let c3: usize = codes + <usize>load<u32>(record, 24);
    const t3: usize = load<u32>(record, 28);
    for (let to: usize = masks; to < end; to += size, c0++, c1++, c2++, c3++) {
      const first: Mask =
        load<Mask>(t0 + <usize>load<u8>(c0) * size) & load<Mask>(t1 + <usize>load<u8>(c1) * size);
      const last: Mask =
        load<Mask>(t2 + <usize>load<u8>(c2) * size) & load<Mask>(t3 + <usize>load<u8>(c3) * size);
      store<Mask>(to, load<Mask>(to) & (first & last));
    }
  }
  for (; k < nUsed; k++, record += 8) {
    let c: usize = codes + <usize>load<u32>(record);
    const table: usize = load<u32>(record, 4);
    for (let to: usize = masks; to < end; to += size, c++) {
      store<Mask>(to, load<Mask>(to) & load<Mask>(table + <usize>load<u8>(c) * size));
    }
  }
  return record;
}
