/**
 * Solves H x = b for a symmetric positive definite H (Golub and Van Loan, 4.2).
 * @param h SCRATCH row-major d * d, lower triangle used; destroyed
 * @param b IN/OUT length d: the right side, then the solution
 * @param poll called before each row; may throw to stop
 * @returns false where H is not positive definite as far as the numbers can tell; b is then of no use
 * Cost: d³ / 3.
 */
export function solveCholesky(h: Float64Array, b: Float64Array, poll?: () => void): boolean {
  if (!factorCholesky(h, b.length, poll)) return false;
  solveFactored(h, b);
  return true;
}

/** H = L Lᵀ: the lower triangle becomes L. @returns false where H is not positive definite. */
export function factorCholesky(h: Float64Array, d: number, poll?: () => void): boolean {
  for (let i = 0; i < d; i++) {
    poll?.();
    for (let k = 0; k <= i; k++) {
      let sum = h[i * d + k] as number;
      for (let j = 0; j < k; j++) sum -= (h[i * d + j] as number) * (h[k * d + j] as number);
      if (k < i) {
        h[i * d + k] = sum / (h[k * d + k] as number);
      } else {
        if (!(sum > 0 && Number.isFinite(sum))) return false;
        h[i * d + i] = Math.sqrt(sum);
      }
    }
  }
  return true;
}

/** Solves L Lᵀ x = b. @param b IN/OUT length d. Cost: 2 d². */
export function solveFactored(h: Float64Array, b: Float64Array): void {
  const d = b.length;
  for (let i = 0; i < d; i++) {
    let sum = b[i] as number;
    for (let j = 0; j < i; j++) sum -= (h[i * d + j] as number) * (b[j] as number);
    b[i] = sum / (h[i * d + i] as number);
  }
  for (let i = d - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let j = i + 1; j < d; j++) sum -= (h[j * d + i] as number) * (b[j] as number);
    b[i] = sum / (h[i * d + i] as number);
  }
}
