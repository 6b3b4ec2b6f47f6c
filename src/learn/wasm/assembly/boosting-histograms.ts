/**
 * Histograms of gradients: counting rows into them, adding them up, taking one from another. See ../boosting-kernels.ts
 * for what each kernel means and how its operands lie.
 *
 * A row's pair is its gradient and hessian as 32-bit floats. A histogram's cell is two 64-bit integers: the gradient, and
 * the hessian with a count in the bits from `countShift` up, so that one 128-bit addition counts a row. Integers add to
 * the same sum in any order: no sum depends on which thread counted which rows.
 */

/** Rows that go through all features before the next: their pairs and bins stay in the cache. */
const ROWS_PER_BLOCK: usize = 1024;

/** Added to a number below 2^51, it leaves the nearest integer in the low bits. */
const ROUNDER: f64 = 6755399441055744;

/**
 * OUT histogram += the pairs of n rows, for all features. A block's pairs become integers first, which gathers them
 * once for all features; these then go eight or four at a time, so that additions overlap: one to the cell that
 * the row before changed waits for it.
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
    for (; f + 8 <= stride; f += 8) {
      const at: usize = offsets + (f << 2);
      const h0: usize = histogram + <usize>load<u32>(at);
      const h1: usize = histogram + <usize>load<u32>(at, 4);
      const h2: usize = histogram + <usize>load<u32>(at, 8);
      const h3: usize = histogram + <usize>load<u32>(at, 12);
      const h4: usize = histogram + <usize>load<u32>(at, 16);
      const h5: usize = histogram + <usize>load<u32>(at, 20);
      const h6: usize = histogram + <usize>load<u32>(at, 24);
      const h7: usize = histogram + <usize>load<u32>(at, 28);
      const column: usize = bins + f;
      for (let p: usize = first, from: usize = integers; p < last; p += 4, from += 16) {
        const pair: v128 = v128.load(from);
        const eight: u64 = load<u64>(column + <usize>load<u32>(p) * stride);
        const low: u32 = <u32>eight;
        const high: u32 = <u32>(eight >> 32);
        addTo(h0 + ((<usize>(low & 0xff)) << 4), pair);
        addTo(h1 + ((<usize>((low >> 8) & 0xff)) << 4), pair);
        addTo(h2 + ((<usize>((low >> 16) & 0xff)) << 4), pair);
        addTo(h3 + ((<usize>(low >> 24)) << 4), pair);
        addTo(h4 + ((<usize>(high & 0xff)) << 4), pair);
        addTo(h5 + ((<usize>((high >> 8) & 0xff)) << 4), pair);
        addTo(h6 + ((<usize>((high >> 16) & 0xff)) << 4), pair);
        addTo(h7 + ((<usize>(high >> 24)) << 4), pair);
      }
    }
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

function addTo(cell: usize, pair: v128): void {
  v128.store(cell, i64x2.add(v128.load(cell), pair));
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
