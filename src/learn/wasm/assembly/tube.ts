/**
 * Visits of rows by the dual coordinate descent of a regression with a tube (../../estimators/svm/tube-descent.ts says
 * what it means). Rows are `stride` elements wide, a multiple of 2; a product is the sum over the even places plus that
 * over the odd ones.
 *
 * `state` holds, as 64-bit floats: 0 the place in `order` to go on at, 1 how many rows are active, 2 the sum and 3 the
 * largest of the violations so far, 4 above which ease a row rests.
 */
export function visitTube(
  most: i32,
  state: usize,
  order: usize,
  rows: usize,
  stride: i32,
  weights: usize,
  betas: usize,
  targets: usize,
  costs: usize,
  lengths: usize,
  epsilon: f64,
  squared: i32,
): void {
  let at: i32 = <i32>load<f64>(state);
  let nActive: i32 = <i32>load<f64>(state, 8);
  let summed: f64 = load<f64>(state, 16);
  let largest: f64 = load<f64>(state, 24);
  const restBeyond: f64 = load<f64>(state, 32);
  const width: usize = (<usize>stride) << 3;
  for (let visits: i32 = 0; visits < most && at < nActive; visits++) {
    const i: u32 = load<u32>(order + ((<usize>at) << 2));
    const place: usize = (<usize>i) << 3;
    const cost: f64 = load<f64>(costs + place);
    if (cost === 0) {
      at++;
      continue;
    }
    const row: usize = rows + <usize>i * width;
    let products: v128 = f64x2.splat(0);
    for (let j: usize = 0; j < width; j += 16) {
      products = f64x2.add(products, f64x2.mul(v128.load(row + j), v128.load(weights + j)));
    }
    const ridge: f64 = squared ? 1 / (2 * cost) : 0;
    const limit: f64 = squared ? Infinity : cost;
    const beta: f64 = load<f64>(betas + place);
    const product: f64 = f64x2.extract_lane(products, 0) + f64x2.extract_lane(products, 1);
    const slope: f64 = product - load<f64>(targets + place) + ridge * beta;
    const up: f64 = slope + epsilon;
    const down: f64 = slope - epsilon;
    let violation: f64 = 0;
    let ease: f64 = 0;
    if (beta === 0) {
      violation = max(max(-up, down), 0);
      ease = min(up, -down);
    } else if (beta >= limit) {
      violation = max(up, 0);
      ease = -up;
    } else if (beta <= -limit) {
      violation = max(-down, 0);
      ease = down;
    } else {
      violation = abs(beta > 0 ? up : down);
    }
    if (violation === 0 && ease > restBeyond) {
      nActive--;
      const last: usize = order + ((<usize>nActive) << 2);
      store<u32>(order + ((<usize>at) << 2), load<u32>(last));
      store<u32>(last, i);
      continue;
    }
    at++;
    summed += violation;
    largest = max(largest, violation);
    const curvature: f64 = load<f64>(lengths + place) + ridge;
    if (curvature === 0) continue;
    const step: f64 =
      up < curvature * beta ? -up / curvature : down > curvature * beta ? -down / curvature : -beta;
    const next: f64 = min(max(beta + step, -limit), limit);
    const gain: f64 = next - beta;
    if (gain === 0) continue;
    store<f64>(betas + place, next);
    const gains: v128 = f64x2.splat(gain);
    for (let j: usize = 0; j < width; j += 16) {
      const moved: v128 = f64x2.add(v128.load(weights + j), f64x2.mul(gains, v128.load(row + j)));
      v128.store(weights + j, moved);
    }
  }
  store<f64>(state, <f64>at);
  store<f64>(state, <f64>nActive, 8);
  store<f64>(state, summed, 16);
  store<f64>(state, largest, 24);
}
