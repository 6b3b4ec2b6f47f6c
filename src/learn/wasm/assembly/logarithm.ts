/**
 * The natural logarithm of a normal number above 0, without the library's tables: those would be written into a memory whose
 * first bytes belong to the threads' trees.
 *
 * With x = 2^e * m, m between the roots of 1/2 and 2, and s = (m - 1) / (m + 1): ln x = e ln 2 + 2 artanh s. As |s| < 0.172,
 * the series of artanh is below the last bit after s^23. Off by at most some 2e-16 of the result.
 */
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
const ONE: u64 = 0x3ff0_0000_0000_0000;
const ROOT_OF_TWO: f64 = Math.SQRT2;

export const LN_2: f64 = Math.LN2;

export function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & MANTISSA) | ONE);
  if (m > ROOT_OF_TWO) {
    m *= 0.5;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  // Written out, so that no quotient is left to compute.
  let sum = z * (1.0 / 23);
  sum = z * (1.0 / 21 + sum);
  sum = z * (1.0 / 19 + sum);
  sum = z * (1.0 / 17 + sum);
  sum = z * (1.0 / 15 + sum);
  sum = z * (1.0 / 13 + sum);
  sum = z * (1.0 / 11 + sum);
  sum = z * (1.0 / 9 + sum);
  sum = z * (1.0 / 7 + sum);
  sum = z * (1.0 / 5 + sum);
  sum = z * (1.0 / 3 + sum);
  return <f64>exponent * LN_2 + 2 * (s + s * sum);
}

/** The logarithms of two numbers, equal to `logarithm` of each to the bit. */
export function logarithms(x: v128): v128 {
  const ones = i64x2.splat(ONE);
  let m = v128.or(v128.and(x, i64x2.splat(MANTISSA)), ones);
  const isLarge = f64x2.gt(m, f64x2.splat(ROOT_OF_TWO));
  m = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, isLarge);
  // The mask is -1 where it holds.
  const exponents = i64x2.sub(i64x2.sub(i64x2.shr_u(x, 52), i64x2.splat(1023)), isLarge);
  const exponent = f64x2.convert_low_i32x4_s(i32x4.shuffle(exponents, exponents, 0, 2, 0, 2));
  const s = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
  const z = f64x2.mul(s, s);
  let sum = f64x2.mul(z, f64x2.splat(1.0 / 23));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 21), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 19), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 17), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 15), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 13), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 11), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 9), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 7), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 5), sum));
  sum = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 3), sum));
  const twice = f64x2.mul(f64x2.splat(2), f64x2.add(s, f64x2.mul(s, sum)));
  return f64x2.add(f64x2.mul(exponent, f64x2.splat(LN_2)), twice);
}
