/**
 * Prediction by many trees. Each step of a walk waits for memory and for a comparison that cannot be foreseen, so eight
 * walks go down side by side, and no branch depends on where one goes: a node says how many bytes further its right
 * child lies, and which child is a leaf; a walk that has arrived stays at its last node until all eight have. Many
 * rows go through one tree after the other, eight rows side by side, so that a tree stays in the cache; few rows go
 * through eight trees at a time. A row's sum is taken over the trees in the same order either way.
 *
 *   nodes       16 bytes: threshold (64 bits), or the categories that go right as bits; to the right child in bytes, 0 for a leaf;
 *               slot << 5 | 16 (to the left child in bytes, 0 for a leaf) | flags. Inner nodes only, as they are met depth
 *               first, left side first: so the left child is the next node.
 *   leafPlaces  8 bytes a node: where the values of its left leaf and of its right one begin in `leafValues`
 *   slots       two of 64 bits a feature, by which missing values take their way without a question. Of a number:
 *               itself, and for nodes that send missing values to the right itself or, where it is missing, Infinity (then
 *               Infinity itself is the largest number, as is such a node's threshold of Infinity). Of a category: its code,
 *               MISSING_CODE where it has none.
 *
 * What does not fit this (more categories than bits, a threshold that is the largest number already) is marked SPECIAL, and
 * models that have it are walked with a branch for it.
 */

const MISSING_GOES_RIGHT: i32 = 1;
const IS_CATEGORICAL: i32 = 2;
const IS_SPECIAL: i32 = 4;
const NODE_BYTES: i32 = 16;
const SLOT_SHIFT: i32 = 5;
/** Also the bit that says where missing values go. */
const MISSING_CODE: u64 = 63;
/** Of a category of more than there are bits. */
const NO_CODE: u64 = u64.MAX_VALUE;

/** What a walk has to reckon with. Each kind is compiled on its own, known by the size of a type that stands for it. */
type Numbers = u8;
type Categories = u16;
type Specials = u32;
const NUMBERS: i32 = 1;
const CATEGORIES: i32 = 2;
const SPECIALS: i32 = 4;
/** Whether eight walks are of one row, or each of another. The size of Eight is the bytes from the slot of one to that of the next. */
type One = u8;
type Eight = u64;

let nFeatures: i32 = 0;
let nTrees: i32 = 0;
let nOutputs: i32 = 0;
/** The values of a block's rows as they come. */
let rows: usize = 0;
/** Of one row, or of all rows in groups of eight, each slot of the eight together. */
let slots: usize = 0;
let sums: usize = 0;
/** 4 bytes a tree: its first node. */
let roots: usize = 0;
/** 4 bytes a tree, up to a multiple of eight: where the values of the leaf begin. */
let arrived: usize = 0;
let nodes: usize = 0;
let leafPlaces: usize = 0;
let leafValues: usize = 0;
let categoryBits: usize = 0;
let nCategories: usize = 0;
/** Of the trees that were packed so far. */
let kind: i32 = NUMBERS;
/** Behind the last node: one that a walk never leaves. */
let end: usize = 0;

export function configure(
  nFeatures_: i32,
  nTrees_: i32,
  nOutputs_: i32,
  rows_: usize,
  slots_: usize,
  sums_: usize,
  roots_: usize,
  arrived_: usize,
  nodes_: usize,
  leafPlaces_: usize,
  leafValues_: usize,
  categoryBits_: usize,
  nCategories_: usize,
): void {
  nFeatures = nFeatures_;
  nTrees = nTrees_;
  nOutputs = nOutputs_;
  rows = rows_;
  slots = slots_;
  sums = sums_;
  roots = roots_;
  arrived = arrived_;
  nodes = nodes_;
  leafPlaces = leafPlaces_;
  leafValues = leafValues_;
  categoryBits = categoryBits_;
  nCategories = nCategories_;
  end = nodes_;
}

/**
 * Writes the nodes of one tree behind those of the trees before it. A tree that is a single leaf becomes a node of which both
 * children are that leaf.
 * @param tree its number
 * @param offset IN feature, threshold, left, flags: as in a grown tree, children by their place in the whole of which
 * this tree begins at `offset`
 * @param stack scratch, 8 bytes a node
 */
export function packTree(
  tree: i32,
  offset: i32,
  feature: usize,
  threshold: usize,
  left: usize,
  flags: usize,
  stack: usize,
): void {
  store<u32>(roots + ((<usize>tree) << 2), <u32>end);
  if (load<i32>(feature) < 0) {
    const place = load<i32>(left) * nOutputs;
    setLeaf(end, 0, place);
    setLeaf(end, 1, place);
    end += NODE_BYTES;
    return;
  }
  let top = stack;
  // Pairs: a node, and of which packed one it is the right child (0: of none).
  store<u32>(top, 0);
  store<u32>(top + 4, 0);
  top += 8;
  while (top > stack) {
    top -= 8;
    const at = <usize>load<u32>(top);
    const parent = <usize>load<u32>(top + 4);
    if (parent !== 0) store<u32>(parent + 8, <u32>(end - parent));
    const record = end;
    end += NODE_BYTES;
    const below = <usize>(load<i32>(left + (at << 2)) - offset);
    const hasLeftLeaf = load<i32>(feature + (below << 2)) < 0;
    packTest(
      record,
      load<i32>(feature + (at << 2)),
      load<f64>(threshold + (at << 3)),
      <i32>load<u8>(flags + at),
      hasLeftLeaf ? 0 : NODE_BYTES,
    );
    if (load<i32>(feature + ((below + 1) << 2)) < 0) {
      setLeaf(record, 1, load<i32>(left + ((below + 1) << 2)) * nOutputs);
    } else {
      store<u32>(top, <u32>below + 1);
      store<u32>(top + 4, <u32>record);
      top += 8;
    }
    if (hasLeftLeaf) setLeaf(record, 0, load<i32>(left + (below << 2)) * nOutputs);
    else {
      store<u32>(top, <u32>below);
      store<u32>(top + 4, 0);
      top += 8;
    }
  }
}

function setLeaf(node: usize, side: usize, place: i32): void {
  store<i32>(leafPlaces + ((node - nodes) >> 1) + (side << 2), place);
}

/** Writes by what a node decides. */
function packTest(node: usize, feature: i32, threshold: f64, flags: i32, toLeft: i32): void {
  const missingGoesRight = flags & MISSING_GOES_RIGHT;
  let slot = feature << 1;
  let mark = flags;
  if (flags & IS_CATEGORICAL) {
    const count = load<u32>(nCategories + ((<usize>feature) << 2));
    kind = max(kind, CATEGORIES);
    if (<u64>count <= MISSING_CODE) {
      const words = categoryBits + ((<usize>threshold) << 2);
      let goLeft = <u64>load<u32>(words);
      if (count > 32) goLeft |= (<u64>load<u32>(words + 4)) << 32;
      const known = ((<u64>1) << MISSING_CODE) - 1;
      store<u64>(node, (~goLeft & known) | ((<u64>missingGoesRight) << MISSING_CODE));
    } else {
      store<f64>(node, threshold);
      mark |= IS_SPECIAL;
    }
  } else {
    store<f64>(node, min(threshold, missingGoesRight ? f64.MAX_VALUE : Infinity));
    if (missingGoesRight && threshold === f64.MAX_VALUE) mark |= IS_SPECIAL;
    else slot += missingGoesRight;
  }
  if (mark & IS_SPECIAL) kind = SPECIALS;
  store<i32>(node + 12, (slot << SLOT_SHIFT) | toLeft | mark);
}

/** Adds what all trees say of rows 0..nRows-1 to their sums. */
export function addRows(nRows: i32): void {
  const groupBytes = (<usize>nFeatures) << 7;
  for (let row = 0; row < nRows; row++)
    fillSlots(row, slots + <usize>(row >> 3) * groupBytes + ((row & 7) << 3), 3);
  for (let tree = 0; tree < nTrees; tree++) {
    const root = <usize>load<u32>(roots + ((<usize>tree) << 2));
    let group = slots;
    for (let row = 0; row < nRows; row += 8) {
      const n = min(8, nRows - row);
      const n0 = root;
      const n1 = n > 1 ? root : end;
      const n2 = n > 2 ? root : end;
      const n3 = n > 3 ? root : end;
      const n4 = n > 4 ? root : end;
      const n5 = n > 5 ? root : end;
      const n6 = n > 6 ? root : end;
      const n7 = n > 7 ? root : end;
      if (kind === NUMBERS) walk<Numbers, Eight>(n0, n1, n2, n3, n4, n5, n6, n7, group, arrived);
      else if (kind === CATEGORIES) walk<Categories, Eight>(n0, n1, n2, n3, n4, n5, n6, n7, group, arrived);
      else walk<Specials, Eight>(n0, n1, n2, n3, n4, n5, n6, n7, group, arrived);
      for (let k = 0; k < n; k++) addLeaf(load<u32>(arrived + (k << 2)), row + k);
      group += groupBytes;
    }
  }
}

/** The same for one row, at place `row` of the block. */
export function addRow(row: i32): void {
  fillSlots(row, slots, 0);
  for (let tree = 0; tree < nTrees; tree += 8) {
    const at = (<usize>tree) << 2;
    const from = roots + at;
    const n0 = <usize>load<u32>(from);
    const n1 = <usize>load<u32>(from + 4);
    const n2 = <usize>load<u32>(from + 8);
    const n3 = <usize>load<u32>(from + 12);
    const n4 = <usize>load<u32>(from + 16);
    const n5 = <usize>load<u32>(from + 20);
    const n6 = <usize>load<u32>(from + 24);
    const n7 = <usize>load<u32>(from + 28);
    if (kind === NUMBERS) walk<Numbers, One>(n0, n1, n2, n3, n4, n5, n6, n7, slots, arrived + at);
    else if (kind === CATEGORIES) walk<Categories, One>(n0, n1, n2, n3, n4, n5, n6, n7, slots, arrived + at);
    else walk<Specials, One>(n0, n1, n2, n3, n4, n5, n6, n7, slots, arrived + at);
  }
  for (let tree = 0; tree < nTrees; tree++) addLeaf(load<u32>(arrived + ((<usize>tree) << 2)), row);
}

/** Writes the slots of a row from `to` on, `1 << shift` of 8 bytes apart. */
function fillSlots(row: i32, to: usize, shift: usize): void {
  const width = (<usize>8) << shift;
  let from = rows + <usize>(row * nFeatures) * 8;
  for (let j = 0; j < nFeatures; j++) {
    const value = load<f64>(from);
    const count = load<u32>(nCategories + ((<usize>j) << 2));
    if (count > 0) {
      const isKnown = value >= 0 && value < <f64>count;
      store<u64>(to, isKnown ? <u64>value : <u64>count > MISSING_CODE ? NO_CODE : MISSING_CODE);
    } else {
      store<f64>(to, value);
      store<f64>(to + width, value <= Infinity ? min(value, f64.MAX_VALUE) : Infinity);
    }
    from += 8;
    to += width << 1;
  }
}

/**
 * Takes eight walks, from the nodes that are given, to their leaves.
 * @param from slots of the one row, or of eight together
 * @param out OUT where the values of the leaves begin
 */
function walk<Kind, Rows>(
  n0: usize,
  n1: usize,
  n2: usize,
  n3: usize,
  n4: usize,
  n5: usize,
  n6: usize,
  n7: usize,
  from: usize,
  out: usize,
): void {
  const lane: usize = sizeof<Rows>() & 8;
  let moved: usize;
  do {
    const d0 = distance<Kind, Rows>(n0, from);
    n0 += d0;
    const d1 = distance<Kind, Rows>(n1, from + lane);
    n1 += d1;
    moved = d0 | d1;
    const d2 = distance<Kind, Rows>(n2, from + lane * 2);
    n2 += d2;
    const d3 = distance<Kind, Rows>(n3, from + lane * 3);
    n3 += d3;
    moved |= d2 | d3;
    const d4 = distance<Kind, Rows>(n4, from + lane * 4);
    n4 += d4;
    const d5 = distance<Kind, Rows>(n5, from + lane * 5);
    n5 += d5;
    moved |= d4 | d5;
    const d6 = distance<Kind, Rows>(n6, from + lane * 6);
    n6 += d6;
    const d7 = distance<Kind, Rows>(n7, from + lane * 7);
    n7 += d7;
    moved |= d6 | d7;
  } while (moved !== 0);
  store<u32>(out, placeOf<Kind, Rows>(n0, from));
  store<u32>(out + 4, placeOf<Kind, Rows>(n1, from + lane));
  store<u32>(out + 8, placeOf<Kind, Rows>(n2, from + lane * 2));
  store<u32>(out + 12, placeOf<Kind, Rows>(n3, from + lane * 3));
  store<u32>(out + 16, placeOf<Kind, Rows>(n4, from + lane * 4));
  store<u32>(out + 20, placeOf<Kind, Rows>(n5, from + lane * 5));
  store<u32>(out + 24, placeOf<Kind, Rows>(n6, from + lane * 6));
  store<u32>(out + 28, placeOf<Kind, Rows>(n7, from + lane * 7));
}

/** How many bytes further the next node of a walk lies; 0 where a leaf is next. */
function distance<Kind, Rows>(node: usize, from: usize): usize {
  const meta = load<u32>(node + 12);
  return select<usize>(
    <usize>load<u32>(node + 8),
    <usize>(meta & NODE_BYTES),
    goesRight<Kind, Rows>(node, meta, from),
  );
}

function placeOf<Kind, Rows>(node: usize, from: usize): u32 {
  const side = <usize>goesRight<Kind, Rows>(node, load<u32>(node + 12), from);
  return load<u32>(leafPlaces + ((node - nodes) >> 1) + (side << 2));
}

function goesRight<Kind, Rows>(node: usize, meta: u32, from: usize): bool {
  const slot = from + ((<usize>(meta >> SLOT_SHIFT)) << (sizeof<Rows>() === 8 ? 6 : 3));
  const isAbove = load<f64>(slot) > load<f64>(node);
  if (sizeof<Kind>() === NUMBERS) return isAbove;
  if (sizeof<Kind>() === SPECIALS && meta & IS_SPECIAL) return goesRightSpecially(node, meta, slot);
  const isAmong = <bool>((load<u64>(node) >> load<u64>(slot)) & 1);
  return select<bool>(isAmong, isAbove, <bool>(meta & IS_CATEGORICAL));
}

function goesRightSpecially(node: usize, meta: u32, slot: usize): bool {
  const threshold = load<f64>(node);
  const missingGoesRight = <bool>(meta & MISSING_GOES_RIGHT);
  if (meta & IS_CATEGORICAL) {
    const code = load<u64>(slot);
    if (code === NO_CODE) return missingGoesRight;
    const word = <usize>threshold + <usize>(code >> 5);
    return !((load<u32>(categoryBits + (word << 2)) >> (<u32>code & 31)) & 1);
  }
  const value = load<f64>(slot);
  return value > threshold || (!(value <= threshold) && missingGoesRight);
}

function addLeaf(place: u32, row: i32): void {
  const from = leafValues + ((<usize>place) << 3);
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
