/**
 * Histograms of gradients and what is done with them, over one memory that all threads of a training share. See
 * ../boosting-kernels.ts for what each kernel means and how its operands lie.
 *
 * A row's pair and a histogram's cell have the same form, two 64-bit integers: the gradient, and the hessian with a
 * count in the bits from `countShift` up. Integers add to the same sum in any order, so no sum depends on which
 * thread counted which rows.
 */

/** Rows that go through all features before the next: their pairs and bins stay in the cache. */
const ROWS_PER_BLOCK: usize = 1024;

/** IN/OUT pairs: gradient and hessian as 64-bit floats become integers, rounded to the nearest. */
export function toIntegers(
  pairs: usize,
  rows: usize,
  n: i32,
  gradientScale: f64,
  hessianScale: f64,
  countShift: i64,
): void {
  const end: usize = rows + ((<usize>n) << 2);
  const one: i64 = (<i64>1) << countShift;
  for (let p: usize = rows; p < end; p += 4) {
    const at: usize = pairs + ((<usize>load<u32>(p)) << 4);
    const gradient: i64 = <i64>nearest(load<f64>(at) * gradientScale);
    const hessian: i64 = <i64>nearest(load<f64>(at, 8) * hessianScale);
    store<i64>(at, gradient);
    store<i64>(at, hessian + one, 8);
  }
}

/** OUT histogram += the pairs of n rows, for all features: four at a time, so that additions overlap. */
export function addRows(
  histogram: usize,
  offsets: usize,
  nFeatures: i32,
  bins: usize,
  pairs: usize,
  rows: usize,
  n: i32,
): void {
  const end: usize = rows + ((<usize>n) << 2);
  const stride: usize = <usize>nFeatures;
  for (let first: usize = rows; first < end; first += ROWS_PER_BLOCK << 2) {
    const last: usize = min(end, first + (ROWS_PER_BLOCK << 2));
    let f: usize = 0;
    for (; f + 4 <= stride; f += 4) {
      const h0: usize = histogram + <usize>load<u32>(offsets + (f << 2));
      const h1: usize = histogram + <usize>load<u32>(offsets + (f << 2), 4);
      const h2: usize = histogram + <usize>load<u32>(offsets + (f << 2), 8);
      const h3: usize = histogram + <usize>load<u32>(offsets + (f << 2), 12);
      const column: usize = bins + f;
      for (let p: usize = first; p < last; p += 4) {
        const row: usize = <usize>load<u32>(p);
        const pair: v128 = v128.load(pairs + (row << 4));
        const four: u32 = load<u32>(column + row * stride);
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
      for (let p: usize = first; p < last; p += 4) {
        const row: usize = <usize>load<u32>(p);
        const cell: usize = h + ((<usize>load<u8>(column + row * stride)) << 4);
        v128.store(cell, i64x2.add(v128.load(cell), v128.load(pairs + (row << 4))));
      }
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
  countShift: i64,
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
  store<f64>(out, <f64>(packed & (((<i64>1) << countShift) - 1)) * hessianUnit, 8);
  store<f64>(out, <f64>(packed >> countShift), 16);
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

/**
 * The best cut between the bins of one numeric feature, if any gains more than `leastGain`: gives the last bin on the
 * left or -1, OUT out: gain, gradient, hessian and count of the left side. `start` is the cell that begins on the
 * left (missing values), or 0.
 */
export function findCut(
  cells: usize,
  nBins: i32,
  start: usize,
  countShift: i64,
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
  const mask: i64 = ((<i64>1) << countShift) - 1;
  const least: v128 = f64x2.splat(lower);
  const most: v128 = f64x2.splat(upper);
  const node: v128 = f64x2.replace_lane(f64x2.splat(nodeGradient), 1, nodeHessian + l2);
  let sums: v128 = start === 0 ? i64x2.splat(0) : v128.load(start);
  let best: i32 = -1;
  let bestGain: f64 = leastGain;
  for (let bin: i32 = 0; bin < nBins; bin++) {
    const cell: v128 = v128.load(cells + ((<usize>bin) << 4));
    if (i64x2.extract_lane(cell, 1) === 0) continue;
    sums = i64x2.add(sums, cell);
    const packed: i64 = i64x2.extract_lane(sums, 1);
    const count: i32 = <i32>(packed >> countShift);
    if (count < minSamplesLeaf) continue;
    if (nodeCount - count < minSamplesLeaf) break;
    const gradient: f64 = <f64>i64x2.extract_lane(sums, 0) * gradientUnit;
    const hessian: f64 = <f64>(packed & mask) * hessianUnit;
    if (hessian < minHessian) continue;
    if (nodeHessian - hessian < minHessian) break;
    const left: v128 = f64x2.replace_lane(f64x2.splat(gradient), 1, hessian + l2);
    const right: v128 = f64x2.sub(node, f64x2.replace_lane(f64x2.splat(gradient), 1, hessian));
    const gradients: v128 = v128.shuffle<f64>(left, right, 0, 2);
    const hessians: v128 = v128.shuffle<f64>(left, right, 1, 3);
    let values: v128 = f64x2.div(f64x2.neg(gradients), hessians);
    values = f64x2.min(f64x2.max(values, least), most);
    if (direction !== 0) {
      const rise: f64 = f64x2.extract_lane(values, 1) - f64x2.extract_lane(values, 0);
      if ((direction > 0 && rise < 0) || (direction < 0 && rise > 0)) continue;
    }
    const worths: v128 = f64x2.mul(gradients, values);
    const gain: f64 = nodeWorth - f64x2.extract_lane(worths, 0) - f64x2.extract_lane(worths, 1);
    if (gain <= bestGain) continue;
    bestGain = gain;
    best = bin;
    store<f64>(out, gain);
    store<f64>(out, gradient, 8);
    store<f64>(out, hessian, 16);
    store<f64>(out, <f64>count, 24);
  }
  return best;
}
