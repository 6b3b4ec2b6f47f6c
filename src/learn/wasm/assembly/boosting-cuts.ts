/**
 * The best cut of a node's numeric features. A scan goes along the cells of a feature and keeps the sums left of the
 * cut; a cut gains what its sides are worth beyond their parent: G^2 / (H + l2) each, or -G times a clipped value where
 * an ancestor or the feature's own direction bounds it. Both sides are computed in the two lanes of a vector.
 *
 * Where rows with a missing value are at the node, features are scanned twice: with these on the right, then on the left.
 */

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
