/**
 * C = (C or 0) + A B, blocked in registers: four rows by four columns of C stay in eight registers while k runs, so
 * each step loads two vectors and four scalars for 32 operations. Every element of C sums in the order of k.
 *
 * A(i, k) is at a + i * rowStep + k * columnStep, so A may be a transpose. B and C are row-major.
 */
export function gemm(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bWidth: i32,
  c: usize,
  cWidth: i32,
  accumulate: i32,
): void {
  const rowStep: usize = (<usize>aRow) << 3;
  const columnStep: usize = (<usize>aColumn) << 3;
  const bStep: usize = (<usize>bWidth) << 3;
  const cStep: usize = (<usize>cWidth) << 3;
  let j: i32 = 0;
  for (; j + 4 <= n; j += 4) {
    const bAt: usize = b + ((<usize>j) << 3);
    let i: i32 = 0;
    for (; i + 4 <= m; i += 4) {
      const c0: usize = c + <usize>i * cStep + ((<usize>j) << 3);
      const c1: usize = c0 + cStep;
      const c2: usize = c1 + cStep;
      const c3: usize = c2 + cStep;
      let s00: v128 = f64x2.splat(0);
      let s01: v128 = s00;
      let s10: v128 = s00;
      let s11: v128 = s00;
      let s20: v128 = s00;
      let s21: v128 = s00;
      let s30: v128 = s00;
      let s31: v128 = s00;
      if (accumulate) {
        s00 = v128.load(c0);
        s01 = v128.load(c0, 16);
        s10 = v128.load(c1);
        s11 = v128.load(c1, 16);
        s20 = v128.load(c2);
        s21 = v128.load(c2, 16);
        s30 = v128.load(c3);
        s31 = v128.load(c3, 16);
      }
      let a0: usize = a + <usize>i * rowStep;
      let a1: usize = a0 + rowStep;
      let a2: usize = a1 + rowStep;
      let a3: usize = a2 + rowStep;
      let at: usize = bAt;
      for (let l: i32 = 0; l < k; l++) {
        const b0: v128 = v128.load(at);
        const b1: v128 = v128.load(at, 16);
        const x0: v128 = v128.load64_splat(a0);
        s00 = f64x2.add(s00, f64x2.mul(x0, b0));
        s01 = f64x2.add(s01, f64x2.mul(x0, b1));
        const x1: v128 = v128.load64_splat(a1);
        s10 = f64x2.add(s10, f64x2.mul(x1, b0));
        s11 = f64x2.add(s11, f64x2.mul(x1, b1));
        const x2: v128 = v128.load64_splat(a2);
        s20 = f64x2.add(s20, f64x2.mul(x2, b0));
        s21 = f64x2.add(s21, f64x2.mul(x2, b1));
        const x3: v128 = v128.load64_splat(a3);
        s30 = f64x2.add(s30, f64x2.mul(x3, b0));
        s31 = f64x2.add(s31, f64x2.mul(x3, b1));
        at += bStep;
        a0 += columnStep;
        a1 += columnStep;
        a2 += columnStep;
        a3 += columnStep;
      }
      v128.store(c0, s00);
      v128.store(c0, s01, 16);
      v128.store(c1, s10);
      v128.store(c1, s11, 16);
      v128.store(c2, s20);
      v128.store(c2, s21, 16);
      v128.store(c3, s30);
      v128.store(c3, s31, 16);
    }
    for (; i < m; i++) {
      const c0: usize = c + <usize>i * cStep + ((<usize>j) << 3);
      let s0: v128 = f64x2.splat(0);
      let s1: v128 = s0;
      if (accumulate) {
        s0 = v128.load(c0);
        s1 = v128.load(c0, 16);
      }
      let a0: usize = a + <usize>i * rowStep;
      let at: usize = bAt;
      for (let l: i32 = 0; l < k; l++) {
        const x0: v128 = v128.load64_splat(a0);
        s0 = f64x2.add(s0, f64x2.mul(x0, v128.load(at)));
        s1 = f64x2.add(s1, f64x2.mul(x0, v128.load(at, 16)));
        at += bStep;
        a0 += columnStep;
      }
      v128.store(c0, s0);
      v128.store(c0, s1, 16);
    }
  }
  if (j + 2 <= n) {
    const at: usize = (<usize>j) << 3;
    lastPair(m, k, a, rowStep, columnStep, b + at, bStep, c + at, cStep, accumulate);
    j += 2;
  }
  for (; j < n; j++)
    lastColumn(
      m,
      k,
      a,
      rowStep,
      columnStep,
      b + ((<usize>j) << 3),
      bStep,
      c + ((<usize>j) << 3),
      cStep,
      accumulate,
    );
}

/** Two columns of C: the sums of four rows at a time hide the latency of each. */
function lastPair(
  m: i32,
  k: i32,
  a: usize,
  rowStep: usize,
  columnStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStep: usize,
  accumulate: i32,
): void {
  const zero: v128 = f64x2.splat(0);
  let i: i32 = 0;
  for (; i + 4 <= m; i += 4) {
    const c0: usize = c + <usize>i * cStep;
    const c1: usize = c0 + cStep;
    const c2: usize = c1 + cStep;
    const c3: usize = c2 + cStep;
    let s0: v128 = accumulate ? v128.load(c0) : zero;
    let s1: v128 = accumulate ? v128.load(c1) : zero;
    let s2: v128 = accumulate ? v128.load(c2) : zero;
    let s3: v128 = accumulate ? v128.load(c3) : zero;
    let a0: usize = a + <usize>i * rowStep;
    let a1: usize = a0 + rowStep;
    let a2: usize = a1 + rowStep;
    let a3: usize = a2 + rowStep;
    let at: usize = b;
    for (let l: i32 = 0; l < k; l++) {
      const y: v128 = v128.load(at);
      s0 = f64x2.add(s0, f64x2.mul(v128.load64_splat(a0), y));
      s1 = f64x2.add(s1, f64x2.mul(v128.load64_splat(a1), y));
      s2 = f64x2.add(s2, f64x2.mul(v128.load64_splat(a2), y));
      s3 = f64x2.add(s3, f64x2.mul(v128.load64_splat(a3), y));
      at += bStep;
      a0 += columnStep;
      a1 += columnStep;
      a2 += columnStep;
      a3 += columnStep;
    }
    v128.store(c0, s0);
    v128.store(c1, s1);
    v128.store(c2, s2);
    v128.store(c3, s3);
  }
  for (; i < m; i++) {
    const c0: usize = c + <usize>i * cStep;
    let s0: v128 = accumulate ? v128.load(c0) : zero;
    let a0: usize = a + <usize>i * rowStep;
    let at: usize = b;
    for (let l: i32 = 0; l < k; l++) {
      s0 = f64x2.add(s0, f64x2.mul(v128.load64_splat(a0), v128.load(at)));
      at += bStep;
      a0 += columnStep;
    }
    v128.store(c0, s0);
  }
}

/** One column of C: four independent sums at a time hide the latency of each. */
function lastColumn(
  m: i32,
  k: i32,
  a: usize,
  rowStep: usize,
  columnStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStep: usize,
  accumulate: i32,
): void {
  let i: i32 = 0;
  for (; i + 4 <= m; i += 4) {
    const c0: usize = c + <usize>i * cStep;
    const c1: usize = c0 + cStep;
    const c2: usize = c1 + cStep;
    const c3: usize = c2 + cStep;
    let s0: f64 = 0;
    let s1: f64 = 0;
    let s2: f64 = 0;
    let s3: f64 = 0;
    if (accumulate) {
      s0 = load<f64>(c0);
      s1 = load<f64>(c1);
      s2 = load<f64>(c2);
      s3 = load<f64>(c3);
    }
    let a0: usize = a + <usize>i * rowStep;
    let a1: usize = a0 + rowStep;
    let a2: usize = a1 + rowStep;
    let a3: usize = a2 + rowStep;
    let at: usize = b;
    for (let l: i32 = 0; l < k; l++) {
      const y: f64 = load<f64>(at);
      s0 += load<f64>(a0) * y;
      s1 += load<f64>(a1) * y;
      s2 += load<f64>(a2) * y;
      s3 += load<f64>(a3) * y;
      at += bStep;
      a0 += columnStep;
      a1 += columnStep;
      a2 += columnStep;
      a3 += columnStep;
    }
    store<f64>(c0, s0);
    store<f64>(c1, s1);
    store<f64>(c2, s2);
    store<f64>(c3, s3);
  }
  for (; i < m; i++) {
    const c0: usize = c + <usize>i * cStep;
    let s0: f64 = accumulate ? load<f64>(c0) : 0;
    let a0: usize = a + <usize>i * rowStep;
    let at: usize = b;
    for (let l: i32 = 0; l < k; l++) {
      s0 += load<f64>(a0) * load<f64>(at);
      at += bStep;
      a0 += columnStep;
    }
    store<f64>(c0, s0);
  }
}
