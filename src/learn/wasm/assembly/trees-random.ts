/** The generator of ../../random.ts (sfc32), and what a tree draws from it. */
import { counts, nSamples } from './trees-state';

let a: i32 = 0;
let b: i32 = 0;
let c: i32 = 0;
let counter: i32 = 0;

/** Goes on from the state of a generator in JavaScript. */
export function setRandom(a_: i32, b_: i32, c_: i32, counter_: i32): void {
  a = a_;
  b = b_;
  c = c_;
  counter = counter_;
}

export function nextUint32(): u32 {
  const sum = a + b + counter;
  counter++;
  a = b ^ <i32>(<u32>b >>> 9);
  b = c + (c << 3);
  c = (c << 21) | <i32>(<u32>c >>> 11);
  c += sum;
  return <u32>sum;
}

/** 32 bits times the bound: the bias is below bound / 2^32, and no division is needed. */
export function drawBelow(bound: i32): i32 {
  return <i32>((<u64>nextUint32() * <u64>bound) >> 32);
}

/** Draws rows with replacement. OUT `counts`, 16 bits a row. */
export function drawRows(nDraws: i32): void {
  memory.fill(counts, 0, (<usize>nSamples) << 1);
  for (let k = 0; k < nDraws; k++) {
    const at = counts + ((<usize>drawBelow(nSamples)) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
}

/** Uniform in [0, 1), 53 random bits. */
export function nextReal(): f64 {
  const high = <f64>(nextUint32() >> 5);
  const low = <f64>(nextUint32() >> 6);
  return (high * 67_108_864 + low) / 9_007_199_254_740_992;
}

/** The same, a row as likely as it weighs; what the tables hold is told in estimators/tree/draw-rows.ts. */
export function drawRowsByWeight(nDraws: i32, sums: usize, guide: usize): void {
  memory.fill(counts, 0, (<usize>nSamples) << 1);
  const total = load<f64>(sums + ((<usize>(nSamples - 1)) << 3));
  for (let k = 0; k < nDraws; k++) {
    const drawn = nextReal();
    const wanted = drawn * total;
    let row = load<i32>(guide + ((<usize>(drawn * <f64>nSamples)) << 2));
    // Rounding may put the guide a row too far; a row of weight 0 is never wanted.
    while (row > 0 && load<f64>(sums + ((<usize>(row - 1)) << 3)) > wanted) row--;
    while (load<f64>(sums + ((<usize>row) << 3)) <= wanted && row < nSamples - 1) row++;
    const at = counts + ((<usize>row) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
}
