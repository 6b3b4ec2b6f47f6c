/**
 * Squared Euclidean distances of queries to points: out(q, p), summed in the order of the features, so that each has
 * the bits that a plain loop would give. Points lie feature by feature (feature j of point p at x + j * xWidth + p),
 * queries row-major. nPoints is a multiple of 4; `least` gets the smallest distance of each query.
 */
export function distances(
  nQueries: i32,
  nPoints: i32,
  nFeatures: i32,
  q: usize,
  x: usize,
  xWidth: i32,
  out: usize,
  outWidth: i32,
  least: usize,
): void {
  const qStep: usize = (<usize>nFeatures) << 3;
  const xStep: usize = (<usize>xWidth) << 3;
  const outStep: usize = (<usize>outWidth) << 3;
  const pointBytes: usize = (<usize>nPoints) << 3;
  let i: i32 = 0;
  for (; i + 2 <= nQueries; i += 2) {
    const q0: usize = q + <usize>i * qStep;
    const to0: usize = out + <usize>i * outStep;
    let l0: v128 = f64x2.splat(Infinity);
    let l1: v128 = l0;
    for (let p: usize = 0; p < pointBytes; p += 32) {
      let s00: v128 = f64x2.splat(0);
      let s01: v128 = s00;
      let s10: v128 = s00;
      let s11: v128 = s00;
      let at: usize = x + p;
      const end: usize = q0 + qStep;
      for (let f: usize = q0; f < end; f += 8) {
        const x0: v128 = v128.load(at);
        const x1: v128 = v128.load(at, 16);
        const y0: v128 = v128.load64_splat(f);
        const y1: v128 = v128.load64_splat(f + qStep);
        const d00: v128 = f64x2.sub(y0, x0);
        const d01: v128 = f64x2.sub(y0, x1);
        const d10: v128 = f64x2.sub(y1, x0);
        const d11: v128 = f64x2.sub(y1, x1);
        s00 = f64x2.add(s00, f64x2.mul(d00, d00));
        s01 = f64x2.add(s01, f64x2.mul(d01, d01));
        s10 = f64x2.add(s10, f64x2.mul(d10, d10));
        s11 = f64x2.add(s11, f64x2.mul(d11, d11));
        at += xStep;
      }
      v128.store(to0 + p, s00);
      v128.store(to0 + p, s01, 16);
      v128.store(to0 + outStep + p, s10);
      v128.store(to0 + outStep + p, s11, 16);
      l0 = f64x2.min(l0, f64x2.min(s00, s01));
      l1 = f64x2.min(l1, f64x2.min(s10, s11));
    }
    const at: usize = least + ((<usize>i) << 3);
    store<f64>(at, min(f64x2.extract_lane(l0, 0), f64x2.extract_lane(l0, 1)));
    store<f64>(at, min(f64x2.extract_lane(l1, 0), f64x2.extract_lane(l1, 1)), 8);
  }
  for (; i < nQueries; i++) {
    const q0: usize = q + <usize>i * qStep;
    const to0: usize = out + <usize>i * outStep;
    let l0: v128 = f64x2.splat(Infinity);
    for (let p: usize = 0; p < pointBytes; p += 32) {
      let s0: v128 = f64x2.splat(0);
      let s1: v128 = s0;
      let at: usize = x + p;
      const end: usize = q0 + qStep;
      for (let f: usize = q0; f < end; f += 8) {
        const y0: v128 = v128.load64_splat(f);
        const d0: v128 = f64x2.sub(y0, v128.load(at));
        const d1: v128 = f64x2.sub(y0, v128.load(at, 16));
        s0 = f64x2.add(s0, f64x2.mul(d0, d0));
        s1 = f64x2.add(s1, f64x2.mul(d1, d1));
        at += xStep;
      }
      v128.store(to0 + p, s0);
      v128.store(to0 + p, s1, 16);
      l0 = f64x2.min(l0, f64x2.min(s0, s1));
    }
    store<f64>(least + ((<usize>i) << 3), min(f64x2.extract_lane(l0, 0), f64x2.extract_lane(l0, 1)));
  }
}
