/**
 * C(i, j) += row i of A · row j of B, over `length` contiguous elements: four rows by two in eight registers. Each
 * product is two interleaved sums (even and odd places), joined at the end.
 *
 * m a multiple of 4, n and length multiples of 2: the caller pads with zeros. With `lower`, blocks of four by two
 * that lie wholly above the diagonal are left out.
 */
export function dots(
  m: i32,
  n: i32,
  length: i32,
  a: usize,
  aWidth: i32,
  b: usize,
  bWidth: i32,
  c: usize,
  cWidth: i32,
  lower: i32,
): void {
  const aStep: usize = (<usize>aWidth) << 3;
  const bStep: usize = (<usize>bWidth) << 3;
  const cStep: usize = (<usize>cWidth) << 3;
  const bytes: usize = (<usize>length) << 3;
  for (let i: i32 = 0; i < m; i += 4) {
    const a0: usize = a + <usize>i * aStep;
    const a1: usize = a0 + aStep;
    const a2: usize = a1 + aStep;
    const a3: usize = a2 + aStep;
    const to: i32 = lower ? min(n, i + 4) : n;
    for (let j: i32 = 0; j < to; j += 2) {
      const b0: usize = b + <usize>j * bStep;
      const b1: usize = b0 + bStep;
      let s00: v128 = f64x2.splat(0);
      let s01: v128 = s00;
      let s10: v128 = s00;
      let s11: v128 = s00;
      let s20: v128 = s00;
      let s21: v128 = s00;
      let s30: v128 = s00;
      let s31: v128 = s00;
      for (let at: usize = 0; at < bytes; at += 16) {
        const y0: v128 = v128.load(b0 + at);
        const y1: v128 = v128.load(b1 + at);
        const x0: v128 = v128.load(a0 + at);
        s00 = f64x2.add(s00, f64x2.mul(x0, y0));
        s01 = f64x2.add(s01, f64x2.mul(x0, y1));
        const x1: v128 = v128.load(a1 + at);
        s10 = f64x2.add(s10, f64x2.mul(x1, y0));
        s11 = f64x2.add(s11, f64x2.mul(x1, y1));
        const x2: v128 = v128.load(a2 + at);
        s20 = f64x2.add(s20, f64x2.mul(x2, y0));
        s21 = f64x2.add(s21, f64x2.mul(x2, y1));
        const x3: v128 = v128.load(a3 + at);
        s30 = f64x2.add(s30, f64x2.mul(x3, y0));
        s31 = f64x2.add(s31, f64x2.mul(x3, y1));
      }
      const c0: usize = c + <usize>i * cStep + ((<usize>j) << 3);
      addPair(c0, s00, s01);
      addPair(c0 + cStep, s10, s11);
      addPair(c0 + 2 * cStep, s20, s21);
      addPair(c0 + 3 * cStep, s30, s31);
    }
  }
}

function addPair(at: usize, first: v128, second: v128): void {
  const evens: v128 = v128.shuffle<f64>(first, second, 0, 2);
  const odds: v128 = v128.shuffle<f64>(first, second, 1, 3);
  v128.store(at, f64x2.add(v128.load(at), f64x2.add(evens, odds)));
}

/** OUT row i = row i of X, each element times the factor of its place; length a multiple of 2. */
export function multiplyRows(
  m: i32,
  length: i32,
  x: usize,
  xWidth: i32,
  factors: usize,
  out: usize,
  outWidth: i32,
): void {
  const bytes: usize = (<usize>length) << 3;
  for (let i: i32 = 0; i < m; i++) {
    const from: usize = x + ((<usize>i * <usize>xWidth) << 3);
    const to: usize = out + ((<usize>i * <usize>outWidth) << 3);
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(to + at, f64x2.mul(v128.load(from + at), v128.load(factors + at)));
    }
  }
}

/** IN/OUT row i of X: less the number of its row in `less`, each element; length a multiple of 2. */
export function lessRows(m: i32, length: i32, x: usize, xWidth: i32, less: usize): void {
  const bytes: usize = (<usize>length) << 3;
  for (let i: i32 = 0; i < m; i++) {
    const from: usize = x + ((<usize>i * <usize>xWidth) << 3);
    const own: v128 = v128.load64_splat(less + ((<usize>i) << 3));
    for (let at: usize = from; at < from + bytes; at += 16) {
      v128.store(at, f64x2.sub(v128.load(at), own));
    }
  }
}

/** OUT += the rows of X, element by element and in the order of the rows: eight at a time stay in registers. */
export function addRows(m: i32, length: i32, x: usize, out: usize): void {
  const step: usize = (<usize>length) << 3;
  const end: usize = x + <usize>m * step;
  let k: i32 = 0;
  for (; k + 8 <= length; k += 8) {
    const place: usize = (<usize>k) << 3;
    const to: usize = out + place;
    let s0: v128 = v128.load(to);
    let s1: v128 = v128.load(to, 16);
    let s2: v128 = v128.load(to, 32);
    let s3: v128 = v128.load(to, 48);
    for (let at: usize = x + place; at < end; at += step) {
      s0 = f64x2.add(s0, v128.load(at));
      s1 = f64x2.add(s1, v128.load(at, 16));
      s2 = f64x2.add(s2, v128.load(at, 32));
      s3 = f64x2.add(s3, v128.load(at, 48));
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
  for (; k < length; k++) {
    const place: usize = (<usize>k) << 3;
    let sum: f64 = load<f64>(out + place);
    for (let at: usize = x + place; at < end; at += step) sum += load<f64>(at);
    store<f64>(out + place, sum);
  }
}
