/**
 * The nearest points of many queries, filtered in 16 bit. Rounded points and queries are whole numbers, and
 *
 *   score(i, p) = offsets(p) + Σ q(i, j) x(j, p)
 *
 * is their squared distance less the query's squared length, exactly, with offsets |x|² and queries times -2: one
 * instruction multiplies eight numbers and adds the pairs, where 32-bit floats take two for four. Scores below a query's
 * threshold are measured at once, in 64 bit and in the order of the features, and enter its list: thresholds fall while
 * the block is looked through. Nothing is stored that a score does not ask for.
 *
 * By query: `limits` the largest distance of its list, `thresholds` what a score must be below, `lengths` its rounded
 * squared length, `slacks` how far it and a point may be off together by rounding; the last two in steps of the rounding.
 * A list holds `capacity` distances, ascending, and as many rows, equal distances by row; Infinity where nothing is yet.
 */
let nFeatures: i32 = 0;
let capacity: i32 = 0;
let perStep: f64 = 0;
let queries: usize = 0;
let points: usize = 0;
let lines: usize = 0;
let rows: usize = 0;
let listDistances: usize = 0;
let listRows: usize = 0;
let limits: usize = 0;
let thresholds: usize = 0;
let lengths: usize = 0;
let slacks: usize = 0;
let measured: i32 = 0;

/** Room for the rounding of a threshold itself. */
const ROOM: f64 = 1 + 1e-9;
const MOST: f64 = 2147483646;

/** Where a batch lies: exact queries and points row-major, on which line each point of a block is, and which row it is. */
export function openRounded(
  ofFeatures: i32,
  ofCapacity: i32,
  steps: f64,
  atQueries: usize,
  atPoints: usize,
  atLines: usize,
  atRows: usize,
  atDistances: usize,
  atListRows: usize,
  atLimits: usize,
  atThresholds: usize,
  atLengths: usize,
  atSlacks: usize,
): void {
  nFeatures = ofFeatures;
  capacity = ofCapacity;
  perStep = steps;
  queries = atQueries;
  points = atPoints;
  lines = atLines;
  rows = atRows;
  listDistances = atDistances;
  listRows = atListRows;
  limits = atLimits;
  thresholds = atThresholds;
  lengths = atLengths;
  slacks = atSlacks;
}

/**
 * Offers a block to the chosen queries, a multiple of 4 of them. Points pair of features by pair, nPoints wide, a multiple
 * of 8; rounded queries row-major, a row of nPairs pairs.
 * @returns how often a point was measured
 */
export function offerRounded(
  nChosen: i32,
  nPoints: i32,
  nPairs: i32,
  q: usize,
  chosen: usize,
  x: usize,
  offsets: usize,
): i32 {
  measured = 0;
  const qStep: usize = (<usize>nPairs) << 2;
  const step: usize = (<usize>nPoints) << 2;
  for (let p: usize = 0; p < step; p += 32) {
    const o0: v128 = v128.load(offsets + p);
    const o1: v128 = v128.load(offsets + p, 16);
    for (let i: i32 = 0; i < nChosen; i += 4) {
      let s00: v128 = o0;
      let s01: v128 = o1;
      let s10: v128 = o0;
      let s11: v128 = o1;
      let s20: v128 = o0;
      let s21: v128 = o1;
      let s30: v128 = o0;
      let s31: v128 = o1;
      let at: usize = x + p;
      const places: usize = chosen + ((<usize>i) << 2);
      const i0: u32 = load<u32>(places);
      const i1: u32 = load<u32>(places, 4);
      const i2: u32 = load<u32>(places, 8);
      const i3: u32 = load<u32>(places, 12);
      let q0: usize = q + <usize>i0 * qStep;
      let q1: usize = q + <usize>i1 * qStep;
      let q2: usize = q + <usize>i2 * qStep;
      let q3: usize = q + <usize>i3 * qStep;
      for (let j: i32 = 0; j < nPairs; j++) {
        const x0: v128 = v128.load(at);
        const x1: v128 = v128.load(at, 16);
        const y0: v128 = v128.load32_splat(q0);
        s00 = i32x4.add(s00, i32x4.dot_i16x8_s(y0, x0));
        s01 = i32x4.add(s01, i32x4.dot_i16x8_s(y0, x1));
        const y1: v128 = v128.load32_splat(q1);
        s10 = i32x4.add(s10, i32x4.dot_i16x8_s(y1, x0));
        s11 = i32x4.add(s11, i32x4.dot_i16x8_s(y1, x1));
        const y2: v128 = v128.load32_splat(q2);
        s20 = i32x4.add(s20, i32x4.dot_i16x8_s(y2, x0));
        s21 = i32x4.add(s21, i32x4.dot_i16x8_s(y2, x1));
        const y3: v128 = v128.load32_splat(q3);
        s30 = i32x4.add(s30, i32x4.dot_i16x8_s(y3, x0));
        s31 = i32x4.add(s31, i32x4.dot_i16x8_s(y3, x1));
        at += step;
        q0 += 4;
        q1 += 4;
        q2 += 4;
        q3 += 4;
      }
      const t0: v128 = v128.load32_splat(thresholds + ((<usize>i0) << 2));
      const t1: v128 = v128.load32_splat(thresholds + ((<usize>i1) << 2));
      const t2: v128 = v128.load32_splat(thresholds + ((<usize>i2) << 2));
      const t3: v128 = v128.load32_splat(thresholds + ((<usize>i3) << 2));
      s00 = i32x4.gt_s(t0, s00);
      s01 = i32x4.gt_s(t0, s01);
      s10 = i32x4.gt_s(t1, s10);
      s11 = i32x4.gt_s(t1, s11);
      s20 = i32x4.gt_s(t2, s20);
      s21 = i32x4.gt_s(t2, s21);
      s30 = i32x4.gt_s(t3, s30);
      s31 = i32x4.gt_s(t3, s31);
      // Per query eight lanes of 16 bit; all four as 32 bytes.
      const low: v128 = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(s00, s01), i16x8.narrow_i32x4_s(s10, s11));
      const high: v128 = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(s20, s21), i16x8.narrow_i32x4_s(s30, s31));
      if (!v128.any_true(v128.or(low, high))) continue;
      const first: i32 = <i32>(p >> 2);
      const lows: i32 = i8x16.bitmask(low);
      const highs: i32 = i8x16.bitmask(high);
      if (lows & 0xff) offer(i0, lows & 0xff, first);
      if (lows >> 8) offer(i1, lows >> 8, first);
      if (highs & 0xff) offer(i2, highs & 0xff, first);
      if (highs >> 8) offer(i3, highs >> 8, first);
    }
  }
  return measured;
}

/** Measures the points first + b, for the bits b of the mask, and lets in those that are near enough. */
function offer(i: u32, mask: i32, first: i32): void {
  const width: usize = (<usize>nFeatures) << 3;
  const query: usize = queries + <usize>i * width;
  const end: usize = query + width;
  const atDistances: usize = listDistances + <usize>i * <usize>capacity * 8;
  const atRows: usize = listRows + <usize>i * <usize>capacity * 4;
  const last: i32 = capacity - 1;
  let limit: f64 = load<f64>(limits + ((<usize>i) << 3));
  const before: f64 = limit;
  measured += popcnt(mask);
  while (mask) {
    const point: usize = <usize>(first + ctz(mask));
    mask &= mask - 1;
    let distance: f64 = 0;
    let at: usize = points + <usize>load<u32>(lines + (point << 2)) * width;
    for (let f: usize = query; f < end; f += 8) {
      const difference: f64 = load<f64>(f) - load<f64>(at);
      distance += difference * difference;
      at += 8;
    }
    if (!(distance <= limit)) continue;
    const row: u32 = load<u32>(rows + (point << 2));
    if (distance === limit && row > load<u32>(atRows + ((<usize>last) << 2))) continue;
    let to: i32 = last;
    while (to > 0) {
      const other: f64 = load<f64>(atDistances + ((<usize>(to - 1)) << 3));
      const otherRow: u32 = load<u32>(atRows + ((<usize>(to - 1)) << 2));
      if (other < distance || (other === distance && otherRow < row)) break;
      store<f64>(atDistances + ((<usize>to) << 3), other);
      store<u32>(atRows + ((<usize>to) << 2), otherRow);
      to--;
    }
    store<f64>(atDistances + ((<usize>to) << 3), distance);
    store<u32>(atRows + ((<usize>to) << 2), row);
    limit = load<f64>(atDistances + ((<usize>last) << 3));
  }
  if (limit === before) return;
  store<f64>(limits + ((<usize>i) << 3), limit);
  const reach: f64 = Math.sqrt(limit) * perStep + load<f64>(slacks + ((<usize>i) << 3));
  const most: f64 = reach * reach * ROOM + 1 - load<f64>(lengths + ((<usize>i) << 3));
  store<i32>(thresholds + ((<usize>i) << 2), <i32>min(most, MOST));
}
