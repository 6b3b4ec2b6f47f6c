/**
 * The passes of sequential minimal optimisation over all variables. A pull is how much a variable violates its optimum;
 * `rises` is 0 where it may grow and -Infinity where not, `falls` 0 or Infinity. Of equal candidates the first is taken.
 * Lengths are multiples of 2.
 */

/** pulls -= step (rowI - rowJ); gives the place of the largest pull + rises, or -1 where none may rise. */
export function movePulls(length: i32, pulls: usize, rises: usize, rowI: usize, rowJ: usize, step: f64): i32 {
  const bytes: usize = (<usize>length) << 3;
  const factor: v128 = f64x2.splat(step);
  const two: v128 = f64x2.splat(2);
  let place: v128 = f64x2.replace_lane(f64x2.splat(0), 1, 1);
  let most: v128 = f64x2.splat(-Infinity);
  let mostAt: v128 = f64x2.splat(-1);
  for (let at: usize = 0; at < bytes; at += 16) {
    const change: v128 = f64x2.mul(factor, f64x2.sub(v128.load(rowI + at), v128.load(rowJ + at)));
    const pull: v128 = f64x2.sub(v128.load(pulls + at), change);
    v128.store(pulls + at, pull);
    const candidate: v128 = f64x2.add(pull, v128.load(rises + at));
    const isMore: v128 = f64x2.gt(candidate, most);
    most = v128.bitselect(candidate, most, isMore);
    mostAt = v128.bitselect(place, mostAt, isMore);
    place = f64x2.add(place, two);
  }
  return firstOf(most, mostAt);
}

/**
 * The partner with which the value falls the most by second order: the place of the largest difference² / curvature
 * among those that may fall and pull less than `most`, or -1. OUT least: the smallest pull of those that may fall.
 */
export function findPartner(
  length: i32,
  pulls: usize,
  falls: usize,
  rowI: usize,
  diagonal: usize,
  own: f64,
  most: f64,
  leastCurvature: f64,
  least: usize,
): i32 {
  const bytes: usize = (<usize>length) << 3;
  const zero: v128 = f64x2.splat(0);
  const two: v128 = f64x2.splat(2);
  const owns: v128 = f64x2.splat(own);
  const mosts: v128 = f64x2.splat(most);
  const floor: v128 = f64x2.splat(leastCurvature);
  let place: v128 = f64x2.replace_lane(zero, 1, 1);
  let best: v128 = zero;
  let bestAt: v128 = f64x2.splat(-1);
  let lowest: v128 = f64x2.splat(Infinity);
  for (let at: usize = 0; at < bytes; at += 16) {
    const pull: v128 = f64x2.add(v128.load(pulls + at), v128.load(falls + at));
    lowest = f64x2.min(lowest, pull);
    const difference: v128 = f64x2.max(f64x2.sub(mosts, pull), zero);
    const double: v128 = f64x2.mul(two, v128.load(rowI + at));
    const curvature: v128 = f64x2.max(f64x2.sub(f64x2.add(owns, v128.load(diagonal + at)), double), floor);
    const gain: v128 = f64x2.div(f64x2.mul(difference, difference), curvature);
    const isMore: v128 = f64x2.gt(gain, best);
    best = v128.bitselect(gain, best, isMore);
    bestAt = v128.bitselect(place, bestAt, isMore);
    place = f64x2.add(place, two);
  }
  store<f64>(least, min(f64x2.extract_lane(lowest, 0), f64x2.extract_lane(lowest, 1)));
  return firstOf(best, bestAt);
}

function firstOf(values: v128, places: v128): i32 {
  const v0: f64 = f64x2.extract_lane(values, 0);
  const v1: f64 = f64x2.extract_lane(values, 1);
  const p0: f64 = f64x2.extract_lane(places, 0);
  const p1: f64 = f64x2.extract_lane(places, 1);
  if (v0 > v1) return <i32>p0;
  if (v1 > v0) return <i32>p1;
  return <i32>min(p0, p1);
}

/** out(p) += Σ q(j) x(j, p), x feature by feature and nPoints wide, a multiple of 8; summed in the order of the features. */
export function rowTimesColumns(nPoints: i32, nFeatures: i32, q: usize, x: usize, out: usize): void {
  const step: usize = (<usize>nPoints) << 3;
  const end: usize = q + ((<usize>nFeatures) << 3);
  for (let p: usize = 0; p < step; p += 64) {
    const to: usize = out + p;
    let s0: v128 = v128.load(to);
    let s1: v128 = v128.load(to, 16);
    let s2: v128 = v128.load(to, 32);
    let s3: v128 = v128.load(to, 48);
    let at: usize = x + p;
    for (let f: usize = q; f < end; f += 8) {
      const y: v128 = v128.load64_splat(f);
      s0 = f64x2.add(s0, f64x2.mul(y, v128.load(at)));
      s1 = f64x2.add(s1, f64x2.mul(y, v128.load(at, 16)));
      s2 = f64x2.add(s2, f64x2.mul(y, v128.load(at, 32)));
      s3 = f64x2.add(s3, f64x2.mul(y, v128.load(at, 48)));
      at += step;
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}
