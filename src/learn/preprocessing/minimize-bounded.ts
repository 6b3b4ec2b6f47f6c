/** The golden section: where an interval is cut so that the smaller part keeps the proportion. */
const GOLDEN = 0.5 * (3 - Math.sqrt(5));
const ROOT_EPSILON = Math.sqrt(2 ** -52);

/**
 * A minimum of `f` within an interval, by Brent's method without derivatives (Algorithms for Minimization Without
 * Derivatives, 1973, chapter 5): a parabola through the three best points where that is safe, else a golden
 * section. Of several local minima it finds one.
 * @param f may give Infinity, never NaN
 * @param tolerance of the place, absolute; it is never less than about 1.5e-8 times the place
 * @param maxEvaluations the best place so far comes back when they are used up
 */
export function minimizeBounded(
  f: (x: number) => number,
  lower: number,
  upper: number,
  tolerance: number,
  maxEvaluations = 500,
): number {
  let [a, b] = [lower, upper];
  // x is the best place so far, w the second best, v the w before; e is the step before last.
  let x = a + GOLDEN * (b - a);
  let [w, v] = [x, x];
  let fx = f(x);
  let [fw, fv] = [fx, fx];
  let [step, e] = [0, 0];
  for (let n = 1; n < maxEvaluations; n++) {
    const middle = 0.5 * (a + b);
    const near = ROOT_EPSILON * Math.abs(x) + tolerance / 3;
    if (Math.abs(x - middle) <= 2 * near - 0.5 * (b - a)) break;
    let isGolden = true;
    if (Math.abs(e) > near) {
      const r = (x - w) * (fx - fv);
      let q = (x - v) * (fx - fw);
      let p = (x - v) * q - (x - w) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = Math.abs(q);
      const before = e;
      e = step;
      if (Math.abs(p) < Math.abs(0.5 * q * before) && p > q * (a - x) && p < q * (b - x)) {
        isGolden = false;
        step = p / q;
        const place = x + step;
        if (place - a < 2 * near || b - place < 2 * near) step = x < middle ? near : -near;
      }
    }
    if (isGolden) {
      e = x >= middle ? a - x : b - x;
      step = GOLDEN * e;
    }
    const u = x + (Math.abs(step) >= near ? step : step >= 0 ? near : -near);
    const fu = f(u);
    if (fu <= fx) {
      if (u >= x) a = x;
      else b = x;
      [v, w, x] = [w, x, u];
      [fv, fw, fx] = [fw, fx, fu];
      continue;
    }
    if (u < x) a = u;
    else b = u;
    if (fu <= fw || w === x) {
      [v, w] = [w, u];
      [fv, fw] = [fw, fu];
    } else if (fu <= fv || v === x || v === w) {
      v = u;
      fv = fu;
    }
  }
  return x;
}
