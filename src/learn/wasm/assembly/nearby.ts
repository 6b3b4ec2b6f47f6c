/**
 * Scores in 32 bit that order points by their distance from a query as far as 32 bit can: out(q, p) = offsets(p) +
 * Σ q(q, j) x(j, p), four queries by eight points in eight registers. With offsets |x|² and queries times -2 a score
 * is the squared distance less |q|².
 *
 * Query i is row chosen(i) of q; nQueries is a multiple of 4. Points feature by feature, nPoints wide, a multiple of 8.
 */
export function scores32(
  nQueries: i32,
  nPoints: i32,
  nFeatures: i32,
  q: usize,
  chosen: usize,
  x: usize,
  offsets: usize,
  out: usize,
): void {
  const qStep: usize = (<usize>nFeatures) << 2;
  const step: usize = (<usize>nPoints) << 2;
  for (let p: usize = 0; p < step; p += 32) {
    const o0: v128 = v128.load(offsets + p);
    const o1: v128 = v128.load(offsets + p, 16);
    for (let i: i32 = 0; i < nQueries; i += 4) {
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
      let q0: usize = q + <usize>load<u32>(places) * qStep;
      let q1: usize = q + <usize>load<u32>(places, 4) * qStep;
      let q2: usize = q + <usize>load<u32>(places, 8) * qStep;
      let q3: usize = q + <usize>load<u32>(places, 12) * qStep;
      for (let j: i32 = 0; j < nFeatures; j++) {
        const x0: v128 = v128.load(at);
        const x1: v128 = v128.load(at, 16);
        const y0: v128 = v128.load32_splat(q0);
        s00 = f32x4.add(s00, f32x4.mul(y0, x0));
        s01 = f32x4.add(s01, f32x4.mul(y0, x1));
        const y1: v128 = v128.load32_splat(q1);
        s10 = f32x4.add(s10, f32x4.mul(y1, x0));
        s11 = f32x4.add(s11, f32x4.mul(y1, x1));
        const y2: v128 = v128.load32_splat(q2);
        s20 = f32x4.add(s20, f32x4.mul(y2, x0));
        s21 = f32x4.add(s21, f32x4.mul(y2, x1));
        const y3: v128 = v128.load32_splat(q3);
        s30 = f32x4.add(s30, f32x4.mul(y3, x0));
        s31 = f32x4.add(s31, f32x4.mul(y3, x1));
        at += step;
        q0 += 4;
        q1 += 4;
        q2 += 4;
        q3 += 4;
      }
      const o: usize = out + <usize>i * step + p;
      v128.store(o, s00);
      v128.store(o, s01, 16);
      v128.store(o + step, s10);
      v128.store(o + step, s11, 16);
      v128.store(o + 2 * step, s20);
      v128.store(o + 2 * step, s21, 16);
      v128.store(o + 3 * step, s30);
      v128.store(o + 3 * step, s31, 16);
    }
  }
}

/**
 * out(i, p) += q(i, j) x(j, p) where both sides list only what is not zero. Query i has the entries qStarts[c] to
 * qStarts[c + 1] of (qColumns, qValues), c = chosen(i); column j the entries starts[j] to starts[j + 1] of (points,
 * values).
 */
export function addSparse32(
  nQueries: i32,
  nPoints: i32,
  chosen: usize,
  qStarts: usize,
  qColumns: usize,
  qValues: usize,
  starts: usize,
  points: usize,
  values: usize,
  out: usize,
): void {
  const step: usize = (<usize>nPoints) << 2;
  for (let i: i32 = 0; i < nQueries; i++) {
    const row: usize = out + <usize>i * step;
    const own: usize = qStarts + ((<usize>load<u32>(chosen + ((<usize>i) << 2))) << 2);
    const end: usize = (<usize>load<u32>(own, 4)) << 2;
    for (let e: usize = (<usize>load<u32>(own)) << 2; e < end; e += 4) {
      const column: usize = starts + ((<usize>load<u32>(qColumns + e)) << 2);
      const factor: f32 = load<f32>(qValues + e);
      const last: usize = (<usize>load<u32>(column, 4)) << 2;
      for (let k: usize = (<usize>load<u32>(column)) << 2; k < last; k += 4) {
        const at: usize = row + ((<usize>load<u32>(points + k)) << 2);
        store<f32>(at, load<f32>(at) + factor * load<f32>(values + k));
      }
    }
  }
}

/** OUT found: the places in `values` (row-major nQueries * nPoints) that are at most their query's threshold. */
export function selectBelow32(
  nQueries: i32,
  nPoints: i32,
  values: usize,
  thresholds: usize,
  found: usize,
): i32 {
  let to: usize = found;
  const step: usize = (<usize>nPoints) << 2;
  for (let i: i32 = 0; i < nQueries; i++) {
    const threshold: v128 = v128.load32_splat(thresholds + ((<usize>i) << 2));
    const row: usize = values + <usize>i * step;
    for (let p: usize = 0; p < step; p += 32) {
      const low: v128 = f32x4.le(v128.load(row + p), threshold);
      const high: v128 = f32x4.le(v128.load(row + p, 16), threshold);
      if (!v128.any_true(v128.or(low, high))) continue;
      let mask: i32 = i32x4.bitmask(low) | (i32x4.bitmask(high) << 4);
      const first: i32 = i * nPoints + <i32>(p >> 2);
      while (mask) {
        store<i32>(to, first + ctz(mask));
        to += 4;
        mask &= mask - 1;
      }
    }
  }
  return <i32>((to - found) >> 2);
}

/**
 * OUT out(b, i): the squared distance of query i from box b, in 64 bit, summed in the order of the features; Infinity for
 * the nearest box, the first of them, which is nearest(i). A box is its least and largest value of each feature,
 * row-major; queries are row-major, too, and turned for it: `turned` has room for nFeatures columns and one more, each
 * as wide as a row of out: nQueries, rounded up to a multiple of 2.
 */
export function boxDistances(
  nBoxes: i32,
  nQueries: i32,
  nFeatures: i32,
  lows: usize,
  highs: usize,
  q: usize,
  turned: usize,
  out: usize,
  nearest: usize,
): void {
  const step: usize = (<usize>(nQueries + (nQueries & 1))) << 3;
  const bytes: usize = (<usize>nFeatures) << 3;
  for (let i: usize = 0; i < (<usize>nQueries) << 3; i += 8) {
    let to: usize = turned + i;
    for (const end: usize = q + bytes; q < end; q += 8) {
      store<f64>(to, load<f64>(q));
      to += step;
    }
  }
  const zero: v128 = f64x2.splat(0);
  let to: usize = out;
  let box: usize = 0;
  for (let b: i32 = 0; b < nBoxes; b++) {
    for (let i: usize = 0; i < step; i += 16) {
      let sum: v128 = zero;
      let at: usize = turned + i;
      for (let f: usize = box; f < box + bytes; f += 8) {
        const value: v128 = v128.load(at);
        const below: v128 = f64x2.sub(v128.load64_splat(lows + f), value);
        const above: v128 = f64x2.sub(value, v128.load64_splat(highs + f));
        const outside: v128 = f64x2.max(f64x2.max(below, above), zero);
        sum = f64x2.add(sum, f64x2.mul(outside, outside));
        at += step;
      }
      v128.store(to, sum);
      to += 16;
    }
    box += bytes;
  }
  findNearest(nBoxes, nQueries, step, turned + bytes * (step >> 3), out, nearest);
}

function findNearest(
  nBoxes: i32,
  nQueries: i32,
  step: usize,
  least: usize,
  out: usize,
  nearest: usize,
): void {
  memory.copy(least, out, step);
  memory.fill(nearest, 0, (<usize>nQueries) << 2);
  for (let b: i32 = 1; b < nBoxes; b++) {
    const row: usize = out + <usize>b * step;
    for (let i: usize = 0; i < <usize>nQueries; i++) {
      const distance: f64 = load<f64>(row + (i << 3));
      if (distance >= load<f64>(least + (i << 3))) continue;
      store<f64>(least + (i << 3), distance);
      store<i32>(nearest + (i << 2), b);
    }
  }
  for (let i: usize = 0; i < <usize>nQueries; i++) {
    store<f64>(out + <usize>load<u32>(nearest + (i << 2)) * step + (i << 3), Infinity);
  }
}
