/**
 * Histograms of gradients and what is done with them, over one memory that all threads of a training share. See
 * ../boosting-kernels.ts for what each kernel means and how its operands lie.
 *
 * A row's pair is its gradient and hessian as 32-bit floats. A histogram's cell is two 64-bit integers: the gradient, and
 * the hessian with a count in the bits from `countShift` up. Integers add to the same sum in any order, so no sum
 * depends on which thread counted which rows.
 */

/** Rows that go through all features before the next: their pairs and bins stay in the cache. */
const ROWS_PER_BLOCK: usize = 1024;

/** Added to a number below 2^51, it leaves the nearest integer in the low bits. */
const ROUNDER: f64 = 6755399441055744;

/**
 * OUT histogram += the pairs of n rows, for all features. A block's pairs become integers first, which gathers them
 * once for all features; these then go four at a time, so that additions overlap.
 */
export function addRows(
  histogram: usize,
  offsets: usize,
  nFeatures: i32,
  bins: usize,
  pairs: usize,
  rows: usize,
  n: i32,
  integers: usize,
  gradientScale: f64,
  hessianScale: f64,
  countShift: i32,
): void {
  const end: usize = rows + ((<usize>n) << 2);
  const stride: usize = <usize>nFeatures;
  const scale: v128 = f64x2.replace_lane(f64x2.splat(gradientScale), 1, hessianScale);
  const rounder: v128 = f64x2.splat(ROUNDER);
  const one: v128 = i64x2.replace_lane(i64x2.splat(0), 1, (<i64>1) << (<i64>countShift));
  const shift: v128 = i64x2.sub(one, rounder);
  for (let first: usize = rows; first < end; first += ROWS_PER_BLOCK << 2) {
    const last: usize = min(end, first + (ROWS_PER_BLOCK << 2));
    for (let p: usize = first, to: usize = integers; p < last; p += 4, to += 16) {
      const pair: v128 = f64x2.promote_low_f32x4(v128.load64_zero(pairs + ((<usize>load<u32>(p)) << 3)));
      v128.store(to, i64x2.add(f64x2.add(f64x2.mul(pair, scale), rounder), shift));
    }
    let f: usize = 0;
    for (; f + 4 <= stride; f += 4) {
      const h0: usize = histogram + <usize>load<u32>(offsets + (f << 2));
      const h1: usize = histogram + <usize>load<u32>(offsets + (f << 2), 4);
      const h2: usize = histogram + <usize>load<u32>(offsets + (f << 2), 8);
      const h3: usize = histogram + <usize>load<u32>(offsets + (f << 2), 12);
      const column: usize = bins + f;
      for (let p: usize = first, from: usize = integers; p < last; p += 4, from += 16) {
        const pair: v128 = v128.load(from);
        const four: u32 = load<u32>(column + <usize>load<u32>(p) * stride);
        const c0: usize = h0 + ((<usize>(four & 0xff)) << 4);
        const c1: usize = h1 + ((<usize>((four >> 8) & 0xff)) << 4);
        const c2: usize = h2 + ((<usize>((four >> 16) & 0xff)) << 4);
        const c3: usize = h3 + ((<usize>(four >> 24)) << 4);
        v128.store(c0, i64x2.add(v128.load(c0), pair));
        v128.store(c1, i64x2.add(v128.load(c1), pair));
        v128.store(c2, i64x2.add(v128.load(c2), pair));
        v128.store(c3, i64x2.add(v128.load(c3), pair));
      }
    }
    for (; f < stride; f++) {
      const h: usize = histogram + <usize>load<u32>(offsets + (f << 2));
      const column: usize = bins + f;
      for (let p: usize = first, from: usize = integers; p < last; p += 4, from += 16) {
        const cell: usize = h + ((<usize>load<u8>(column + <usize>load<u32>(p) * stride)) << 4);
        v128.store(cell, i64x2.add(v128.load(cell), v128.load(from)));
      }
    }
  }
}

const LOG2_E: f64 = Math.LOG2E;
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;

/**
 * exp(x) of two x <= 0, within 2e-10 of its size: 2^n exp(r) with |r| <= ln 2 / 2 and eight terms of the series, added
 * up in pairs so that no long chain of products waits for itself. Gradients keep 24 bits of it.
 */
function exp2x(given: v128): v128 {
  const x: v128 = f64x2.pmax(given, f64x2.splat(-708));
  const shifted: v128 = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), f64x2.splat(ROUNDER));
  const n: v128 = f64x2.sub(shifted, f64x2.splat(ROUNDER));
  const r: v128 = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(LN2_HIGH))),
    f64x2.mul(n, f64x2.splat(LN2_LOW)),
  );
  const r2: v128 = f64x2.mul(r, r);
  const r4: v128 = f64x2.mul(r2, r2);
  const s01: v128 = f64x2.add(f64x2.splat(1), r);
  const s23: v128 = f64x2.add(f64x2.splat(0.5), f64x2.mul(r, f64x2.splat(1.0 / 6.0)));
  const s45: v128 = f64x2.add(f64x2.splat(1.0 / 24.0), f64x2.mul(r, f64x2.splat(1.0 / 120.0)));
  const s67: v128 = f64x2.add(f64x2.splat(1.0 / 720.0), f64x2.mul(r, f64x2.splat(1.0 / 5040.0)));
  const low: v128 = f64x2.add(s01, f64x2.mul(r2, s23));
  const high: v128 = f64x2.add(s45, f64x2.mul(r2, s67));
  const last: v128 = f64x2.mul(f64x2.mul(r4, r4), f64x2.splat(1.0 / 40320.0));
  const s: v128 = f64x2.add(f64x2.add(low, f64x2.mul(r4, high)), last);
  // The low bits of `shifted` are n in two's complement: moved up, they are the exponent to add.
  return i64x2.add(s, i64x2.shl(shifted, 52));
}

/**
 * OUT pairs of n rows, by the log loss of one score: raw[row], y[row] and weights[row] are 64-bit floats.
 * OUT totals: the sum of the gradients' sizes and of the hessians, rows in the order of the list.
 */
export function sigmoidPairs(
  rows: usize,
  n: i32,
  raw: usize,
  y: usize,
  weights: usize,
  pairs: usize,
  totals: usize,
): void {
  const end: usize = rows + ((<usize>n) << 2);
  const one: v128 = f64x2.splat(1);
  let sums: v128 = f64x2.splat(0);
  for (let p: usize = rows; p < end; p += 8) {
    const isPair: bool = p + 4 < end;
    const row0: usize = <usize>load<u32>(p);
    const row1: usize = isPair ? <usize>load<u32>(p, 4) : row0;
    const at0: usize = row0 << 3;
    const at1: usize = row1 << 3;
    const score: v128 = v128.load64_lane(raw + at1, v128.load64_zero(raw + at0), 1);
    const target: v128 = v128.load64_lane(y + at1, v128.load64_zero(y + at0), 1);
    const weight: v128 = v128.load64_lane(weights + at1, v128.load64_zero(weights + at0), 1);
    const e: v128 = exp2x(f64x2.neg(f64x2.abs(score)));
    const inverse: v128 = f64x2.div(one, f64x2.add(one, e));
    const other: v128 = f64x2.mul(e, inverse);
    const share: v128 = v128.bitselect(inverse, other, f64x2.ge(score, f64x2.splat(0)));
    const gradients: v128 = f64x2.mul(f64x2.sub(share, target), weight);
    const hessians: v128 = f64x2.mul(f64x2.mul(inverse, other), weight);
    const first: v128 = v128.shuffle<f64>(gradients, hessians, 0, 2);
    v128.store64_lane(pairs + at0, f32x4.demote_f64x2_zero(first), 0);
    sums = f64x2.add(sums, f64x2.abs(first));
    if (isPair) {
      const second: v128 = v128.shuffle<f64>(gradients, hessians, 1, 3);
      v128.store64_lane(pairs + at1, f32x4.demote_f64x2_zero(second), 0);
      sums = f64x2.add(sums, f64x2.abs(second));
    }
  }
  v128.store(totals, sums);
}

/**
 * The same by the log loss of several classes: raw scores and pairs lie class after class, `classBytes` apart; `totals`
 * takes two numbers a class. `scratch`: 16 bytes a class.
 */
export function softmaxPairs(
  rows: usize,
  n: i32,
  nClasses: i32,
  classBytes: usize,
  raw: usize,
  y: usize,
  weights: usize,
  pairs: usize,
  totals: usize,
  scratch: usize,
): void {
  const end: usize = rows + ((<usize>n) << 2);
  const one: v128 = f64x2.splat(1);
  memory.fill(totals, 0, (<usize>nClasses) << 4);
  for (let p: usize = rows; p < end; p += 8) {
    const isPair: bool = p + 4 < end;
    const at0: usize = (<usize>load<u32>(p)) << 3;
    const at1: usize = isPair ? (<usize>load<u32>(p, 4)) << 3 : at0;
    const weight: v128 = v128.load64_lane(weights + at1, v128.load64_zero(weights + at0), 1);
    const target: v128 = v128.load64_lane(y + at1, v128.load64_zero(y + at0), 1);
    let largest: v128 = f64x2.splat(-Infinity);
    let from: usize = raw;
    for (let c: i32 = 0; c < nClasses; c++, from += classBytes) {
      const score: v128 = v128.load64_lane(from + at1, v128.load64_zero(from + at0), 1);
      v128.store(scratch + ((<usize>c) << 4), score);
      largest = f64x2.max(largest, score);
    }
    let sum: v128 = f64x2.splat(0);
    for (let c: i32 = 0; c < nClasses; c++) {
      const at: usize = scratch + ((<usize>c) << 4);
      const e: v128 = exp2x(f64x2.sub(v128.load(at), largest));
      v128.store(at, e);
      sum = f64x2.add(sum, e);
    }
    const inverse: v128 = f64x2.div(one, sum);
    let to: usize = pairs;
    for (let c: i32 = 0; c < nClasses; c++, to += classBytes) {
      const share: v128 = f64x2.mul(v128.load(scratch + ((<usize>c) << 4)), inverse);
      const truth: v128 = v128.and(f64x2.eq(target, f64x2.splat(<f64>c)), one);
      const gradients: v128 = f64x2.mul(f64x2.sub(share, truth), weight);
      const hessians: v128 = f64x2.mul(f64x2.mul(share, f64x2.sub(one, share)), weight);
      const first: v128 = v128.shuffle<f64>(gradients, hessians, 0, 2);
      v128.store64_lane(to + at0, f32x4.demote_f64x2_zero(first), 0);
      const total: usize = totals + ((<usize>c) << 4);
      let sums: v128 = f64x2.add(v128.load(total), f64x2.abs(first));
      if (isPair) {
        const second: v128 = v128.shuffle<f64>(gradients, hessians, 1, 3);
        v128.store64_lane(to + at1, f32x4.demote_f64x2_zero(second), 0);
        sums = f64x2.add(sums, f64x2.abs(second));
      }
      v128.store(total, sums);
    }
  }
}

/** OUT to: the sum of `count` stretches of cells, each `step` bytes after the one before. */
export function mergeCells(to: usize, first: usize, step: usize, count: i32, nBytes: usize): void {
  for (let at: usize = 0; at < nBytes; at += 16) {
    let sum: v128 = v128.load(first + at);
    for (let k: i32 = 1; k < count; k++) sum = i64x2.add(sum, v128.load(first + at + <usize>k * step));
    v128.store(to + at, sum);
  }
}

/** OUT out: gradient, hessian and count of all cells in `count` stretches of `nBytes`, `step` bytes apart. */
export function sumCells(
  first: usize,
  step: usize,
  count: i32,
  nBytes: usize,
  countShift: i32,
  gradientUnit: f64,
  hessianUnit: f64,
  out: usize,
): void {
  let sum: v128 = i64x2.splat(0);
  for (let k: i32 = 0; k < count; k++) {
    const start: usize = first + <usize>k * step;
    for (let at: usize = 0; at < nBytes; at += 16) sum = i64x2.add(sum, v128.load(start + at));
  }
  const packed: i64 = i64x2.extract_lane(sum, 1);
  store<f64>(out, <f64>i64x2.extract_lane(sum, 0) * gradientUnit);
  store<f64>(out, <f64>(packed & (((<i64>1) << (<i64>countShift)) - 1)) * hessianUnit, 8);
  store<f64>(out, <f64>(packed >> <i64>countShift), 16);
}

/** IN/OUT parent -= child. */
export function subtractCells(parent: usize, child: usize, nBytes: usize): void {
  for (let at: usize = 0; at < nBytes; at += 16) {
    v128.store(parent + at, i64x2.sub(v128.load(parent + at), v128.load(child + at)));
  }
}

export function clear(at: usize, nBytes: usize): void {
  memory.fill(at, 0, nBytes);
}

/** IN/OUT rows: those of side 0 first, then those of side 1, each in the order they had. Gives how many went left. */
export function partition(rows: usize, n: i32, spare: usize, column: usize, stride: usize, side: usize): i32 {
  const end: usize = rows + ((<usize>n) << 2);
  let left: usize = rows;
  let right: usize = spare;
  for (let p: usize = rows; p < end; p += 4) {
    const row: u32 = load<u32>(p);
    const goesRight: usize = <usize>load<u8>(side + <usize>load<u8>(column + <usize>row * stride));
    store<u32>(left, row);
    store<u32>(right, row);
    right += goesRight << 2;
    left += 4 - (goesRight << 2);
  }
  memory.copy(left, spare, right - spare);
  return <i32>((left - rows) >> 2);
}

/** IN/OUT numbers[row] += value. */
export function addToRows(numbers: usize, rows: usize, n: i32, value: f64): void {
  const end: usize = rows + ((<usize>n) << 2);
  for (let p: usize = rows; p < end; p += 4) {
    const at: usize = numbers + ((<usize>load<u32>(p)) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
}

/** Of a feature's entry in the table: flags at byte 8. */
const HAS_MISSING: u32 = 1;
const IS_CATEGORICAL: u32 = 2;

/**
 * The best cut of the numeric features from..to-1 that `drawn` (a byte a feature) allows, if any gains anything: gives
 * the feature or -1. `table`: 16 bytes a feature, 32-bit words: where its cells begin, bins, flags, direction.
 * OUT out: gain, gradient, hessian and count of the left side, its last bin, whether missing values were seen, and
 * whether they go right.
 */
export function findCuts(
  histogram: usize,
  table: usize,
  drawn: usize,
  from: i32,
  to: i32,
  countShift: i32,
  gradientUnit: f64,
  hessianUnit: f64,
  nodeGradient: f64,
  nodeHessian: f64,
  nodeCount: i32,
  nodeWorth: f64,
  lower: f64,
  upper: f64,
  l2: f64,
  minSamplesLeaf: i32,
  minHessian: f64,
  out: usize,
): i32 {
  let best: i32 = -1;
  let bestGain: f64 = 0;
  for (let f: i32 = from; f < to; f++) {
    const entry: usize = table + ((<usize>f) << 4);
    const flags: u32 = load<u32>(entry, 8);
    if (load<u8>(drawn + <usize>f) === 0 || (flags & IS_CATEGORICAL) !== 0) continue;
    const cells: usize = histogram + <usize>load<u32>(entry);
    const nBins: i32 = load<i32>(entry, 4);
    const direction: i32 = load<i32>(entry, 12);
    const missing: usize = cells + ((<usize>nBins) << 4);
    const sawMissing: bool = (flags & HAS_MISSING) !== 0 && load<i64>(missing, 8) >> <i64>countShift !== 0;
    for (let side: i32 = 1; side >= (sawMissing ? 0 : 1); side--) {
      // Missing values on the right: the last cut leaves them alone there.
      const bin: i32 = findCut(
        cells,
        sawMissing && side === 1 ? nBins : nBins - 1,
        side === 1 ? 0 : missing,
        countShift,
        gradientUnit,
        hessianUnit,
        nodeGradient,
        nodeHessian,
        nodeCount,
        nodeWorth,
        lower,
        upper,
        direction,
        l2,
        minSamplesLeaf,
        minHessian,
        bestGain,
        out,
      );
      if (bin < 0) continue;
      best = f;
      bestGain = load<f64>(out);
      store<f64>(out, <f64>bin, 32);
      store<f64>(out, sawMissing ? 1 : 0, 40);
      store<f64>(out, <f64>side, 48);
    }
  }
  return best;
}

/**
 * The best cut between the bins of one numeric feature, if any gains more than `leastGain`: gives the last bin on the
 * left or -1, OUT out: gain, gradient, hessian and count of the left side. `start` is the cell that begins on the
 * left (missing values), or 0.
 */
function findCut(
  cells: usize,
  nBins: i32,
  start: usize,
  countShift: i32,
  gradientUnit: f64,
  hessianUnit: f64,
  nodeGradient: f64,
  nodeHessian: f64,
  nodeCount: i32,
  nodeWorth: f64,
  lower: f64,
  upper: f64,
  direction: i32,
  l2: f64,
  minSamplesLeaf: i32,
  minHessian: f64,
  leastGain: f64,
  out: usize,
): i32 {
  const mask: i64 = ((<i64>1) << (<i64>countShift)) - 1;
  const fewest: i64 = (<i64>minSamplesLeaf) << (<i64>countShift);
  const most: i64 = (<i64>(nodeCount - minSamplesLeaf + 1)) << (<i64>countShift);
  const isFree: bool = direction === 0 && lower === -Infinity && upper === Infinity;
  let gradients: i64 = start === 0 ? 0 : load<i64>(start);
  let packed: i64 = start === 0 ? 0 : load<i64>(start, 8);
  let best: i32 = -1;
  let bestGain: f64 = leastGain;
  let at: usize = cells;
  for (let bin: i32 = 0; bin < nBins; bin++, at += 16) {
    const cell: i64 = load<i64>(at, 8);
    if (cell === 0) continue;
    packed += cell;
    gradients += load<i64>(at);
    if (packed < fewest) continue;
    if (packed >= most) break;
    const hessian: f64 = <f64>(packed & mask) * hessianUnit;
    const rightHessian: f64 = nodeHessian - hessian;
    if (hessian < minHessian) continue;
    if (rightHessian < minHessian) break;
    const gradient: f64 = <f64>gradients * gradientUnit;
    const sides: v128 = f64x2.replace_lane(f64x2.splat(gradient), 1, nodeGradient - gradient);
    const sizes: v128 = f64x2.replace_lane(f64x2.splat(hessian + l2), 1, rightHessian + l2);
    let worths: v128;
    if (isFree) {
      worths = f64x2.div(f64x2.mul(sides, sides), sizes);
    } else {
      let values: v128 = f64x2.div(f64x2.neg(sides), sizes);
      values = f64x2.min(f64x2.max(values, f64x2.splat(lower)), f64x2.splat(upper));
      const rise: f64 = f64x2.extract_lane(values, 1) - f64x2.extract_lane(values, 0);
      if ((direction > 0 && rise < 0) || (direction < 0 && rise > 0)) continue;
      worths = f64x2.neg(f64x2.mul(sides, values));
    }
    const gain: f64 = nodeWorth + f64x2.extract_lane(worths, 0) + f64x2.extract_lane(worths, 1);
    if (gain <= bestGain) continue;
    bestGain = gain;
    best = bin;
    store<f64>(out, gain);
    store<f64>(out, gradient, 8);
    store<f64>(out, hessian, 16);
    store<f64>(out, <f64>(packed >> <i64>countShift), 24);
  }
  return best;
}
