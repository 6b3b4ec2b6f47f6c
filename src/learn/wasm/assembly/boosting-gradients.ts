/**
 * Gradients of the log loss, two rows at a time: a row's raw scores, target and weight become its pair of gradient and
 * hessian, 32-bit floats side by side. With the pairs come the sums of the gradients' sizes and of the hessians, by which
 * they later become integers; these are added up in the order of the rows and so are the same on any thread.
 *
 * The exponential is our own: the engine's is a call a number, and no two engines need agree on its last bit.
 */

/** Added to a number below 2^51, it leaves the nearest integer in the low bits. */
const ROUNDER: f64 = 6755399441055744;

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
