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
  let sum: f64 = 0;
  for (let k = 23; k >= 3; k -= 2) sum = z * (1 / <f64>k + sum);
  return <f64>exponent * LN_2 + 2 * (s + s * sum);
}
