/**
 * Exponentials, two at a time. exp(x) = 2^n exp(r) with |r| <= ln 2 / 2, where twelve terms of the series leave
 * 2e-16; arguments below -708 give (nearly) 0 instead of subnormal numbers, above 709 are not meant to come.
 */
const LOG2_E: f64 = Math.LOG2E;
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** Adding and subtracting it rounds to an integer, which then lies in the low bits. */
const ROUNDER: f64 = 6755399441055744;

function exp2x(given: v128): v128 {
  const x: v128 = f64x2.min(f64x2.max(given, f64x2.splat(-708)), f64x2.splat(709));
  const shifted: v128 = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), f64x2.splat(ROUNDER));
  const n: v128 = f64x2.sub(shifted, f64x2.splat(ROUNDER));
  const r: v128 = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(LN2_HIGH))),
    f64x2.mul(n, f64x2.splat(LN2_LOW)),
  );
  let s: v128 = f64x2.splat(2.08767569878681e-9);
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(2.505210838544172e-8));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(2.755731922398589e-7));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(2.7557319223985893e-6));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(2.48015873015873e-5));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(1.984126984126984e-4));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(1.388888888888889e-3));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(8.333333333333333e-3));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(4.1666666666666664e-2));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(1.6666666666666666e-1));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(0.5));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(1));
  s = f64x2.add(f64x2.mul(s, r), f64x2.splat(1));
  // The low bits of `shifted` are n in two's complement: moved up, they are the exponent to add.
  return i64x2.add(s, i64x2.shl(shifted, 52));
}

/** log(1 + e) for 0 <= e <= 1: 2 atanh(e / (2 + e)), a series in s² <= 1/9. */
function log1p2x(e: v128): v128 {
  const s: v128 = f64x2.div(e, f64x2.add(e, f64x2.splat(2)));
  const z: v128 = f64x2.mul(s, s);
  let t: v128 = f64x2.splat(1.0 / 33.0);
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 31.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 29.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 27.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 25.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 23.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 21.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 19.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 17.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 15.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 13.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 11.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 9.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 7.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 5.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1.0 / 3.0));
  t = f64x2.add(f64x2.mul(t, z), f64x2.splat(1));
  return f64x2.mul(f64x2.add(s, s), t);
}

/** IN/OUT x = exp(factor * x); length a multiple of 2. */
export function expAll(length: i32, x: usize, factor: f64): void {
  const end: usize = x + ((<usize>length) << 3);
  const scale: v128 = f64x2.splat(factor);
  for (let at: usize = x; at < end; at += 16) v128.store(at, exp2x(f64x2.mul(v128.load(at), scale)));
}

/**
 * Scores z of two classes become residuals, weight * (p - truth), in place; `curvatures` gets weight * p * (1 - p).
 * Gives the weighted loss. Length a multiple of 2.
 */
export function logisticRows(length: i32, z: usize, truths: usize, weights: usize, curvatures: usize): f64 {
  const bytes: usize = (<usize>length) << 3;
  const one: v128 = f64x2.splat(1);
  const zero: v128 = f64x2.splat(0);
  let loss: v128 = zero;
  for (let at: usize = 0; at < bytes; at += 16) {
    const score: v128 = v128.load(z + at);
    const truth: v128 = v128.load(truths + at);
    const weight: v128 = v128.load(weights + at);
    const e: v128 = exp2x(f64x2.neg(f64x2.abs(score)));
    const inverse: v128 = f64x2.div(one, f64x2.add(one, e));
    const other: v128 = f64x2.mul(e, inverse);
    const p: v128 = v128.bitselect(inverse, other, f64x2.ge(score, zero));
    const value: v128 = f64x2.sub(f64x2.add(f64x2.max(score, zero), log1p2x(e)), f64x2.mul(truth, score));
    loss = f64x2.add(loss, f64x2.mul(weight, value));
    v128.store(z + at, f64x2.mul(weight, f64x2.sub(p, truth)));
    v128.store(curvatures + at, f64x2.mul(weight, f64x2.mul(inverse, other)));
  }
  return f64x2.extract_lane(loss, 0) + f64x2.extract_lane(loss, 1);
}

/**
 * Scores, one row a class, become probabilities in place; `logs` gets largest score + log of the sum (less the
 * largest), in two parts: the largest score at `most`, the sum at `sums`. Length a multiple of 2.
 */
export function softmaxColumns(
  nClasses: i32,
  length: i32,
  z: usize,
  width: i32,
  most: usize,
  sums: usize,
): void {
  const bytes: usize = (<usize>length) << 3;
  const step: usize = (<usize>width) << 3;
  const end: usize = <usize>nClasses * step;
  for (let at: usize = 0; at < bytes; at += 16) {
    let largest: v128 = v128.load(z + at);
    for (let f: usize = step; f < end; f += step) largest = f64x2.max(largest, v128.load(z + at + f));
    let sum: v128 = f64x2.splat(0);
    for (let f: usize = 0; f < end; f += step) {
      const e: v128 = exp2x(f64x2.sub(v128.load(z + at + f), largest));
      sum = f64x2.add(sum, e);
      v128.store(z + at + f, e);
    }
    for (let f: usize = 0; f < end; f += step) v128.store(z + at + f, f64x2.div(v128.load(z + at + f), sum));
    v128.store(most + at, largest);
    v128.store(sums + at, sum);
  }
}

/** IN/OUT x = max(x, 0); length a multiple of 2. */
export function reluAll(length: i32, x: usize): void {
  const end: usize = x + ((<usize>length) << 3);
  const zero: v128 = f64x2.splat(0);
  for (let at: usize = x; at < end; at += 16) v128.store(at, f64x2.max(v128.load(at), zero));
}

/** IN/OUT slopes = 0 wherever the output is 0; length a multiple of 2. */
export function reluSlopes(length: i32, slopes: usize, outputs: usize): void {
  const bytes: usize = (<usize>length) << 3;
  const zero: v128 = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const dead: v128 = f64x2.eq(v128.load(outputs + at), zero);
    v128.store(slopes + at, v128.andnot(v128.load(slopes + at), dead));
  }
}
