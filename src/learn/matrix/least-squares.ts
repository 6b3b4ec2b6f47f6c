/**
 * Linear least squares for any rank, by a complete orthogonal decomposition (Golub and Van Loan, Matrix Computations,
 * 5.4.7; Hough and Vavasis 1997 for its stability):
 *
 * 1. Householder QR with column pivoting: A P = Q R. The diagonal of R falls; what lies under
 *    eps * max(n, d) * |R[0,0]| counts as zero, which gives the rank r.
 * 2. Full rank: back substitution. Otherwise infinitely many solutions fit equally well, and a second Householder
 *    sweep, from the right, picks the shortest of them: the one that a pseudo-inverse gives.
 *
 * The normal equations would need half of the time but square the condition number: polynomial features in float64
 * then lose all of their digits.
 *
 * Layout: A is column-major, so every reflection is a dot product and an update over contiguous columns.
 * One thread; cost 2 n d² operations.
 */

/**
 * Minimises |A w - b|, and among the minimisers |w|.
 * @param a SCRATCH column-major n * d; destroyed
 * @param b SCRATCH length n; destroyed
 * @param checkpoint called once per column pair with the fraction done
 * @returns the d weights and the rank of A
 */
export function leastSquares(
  a: Float64Array,
  b: Float64Array,
  nFeatures: number,
  checkpoint: (fraction: number) => void,
): { weights: Float64Array; rank: number } {
  const nSamples = b.length;
  const order = Uint32Array.from({ length: nFeatures }, (_, j) => j);
  const column = (k: number): Float64Array =>
    a.subarray((order[k] as number) * nSamples, ((order[k] as number) + 1) * nSamples);
  const nSteps = Math.min(nSamples, nFeatures);
  const diagonal = new Float64Array(nSteps);
  let rank = 0;
  for (; rank < nSteps; rank++) {
    // Norms are computed anew in each step: down-dating them is cheaper but cancels in nearly dependent columns.
    let longest = rank;
    let longestSquared = -1;
    for (let k = rank; k < nFeatures; k++) {
      const squared = squaredNorm(column(k), rank);
      if (squared > longestSquared) {
        longest = k;
        longestSquared = squared;
      }
    }
    const norm = Math.sqrt(longestSquared);
    const tolerance = Number.EPSILON * Math.max(nSamples, nFeatures) * Math.abs(diagonal[0] as number);
    if (norm <= tolerance) break;
    const kept = order[rank] as number;
    order[rank] = order[longest] as number;
    order[longest] = kept;

    const pivot = column(rank);
    const head = pivot[rank] as number;
    const r = head > 0 ? -norm : norm;
    diagonal[rank] = r;
    pivot[rank] = head - r;
    // v = pivot[rank..]; |v|² = 2 r (r - head), so the reflection subtracts v (v·x) / (r (r - head)).
    const scale = 1 / (r * (r - head));
    for (let k = rank + 1; k < nFeatures; k++) {
      reflect(pivot, column(k), rank, scale);
      checkpoint((rank + (k - rank) / (nFeatures - rank)) / nSteps);
    }
    reflect(pivot, b, rank, scale);
  }
  const upper = (i: number, k: number): number =>
    i === k ? (diagonal[i] as number) : (column(k)[i] as number);
  const solution = shortestSolution(upper, b, rank, nFeatures);
  const weights = new Float64Array(nFeatures);
  for (let k = 0; k < nFeatures; k++) weights[order[k] as number] = solution[k] as number;
  return { weights, rank };
}

/** The shortest w with R w = b for the upper trapezoid R, rank * nFeatures. */
function shortestSolution(
  upper: (i: number, k: number) => number,
  b: Float64Array,
  rank: number,
  nFeatures: number,
): Float64Array {
  // The columns of Rᵀ: row i of R as a vector over the features.
  const rows = Array.from({ length: rank }, (_, i) =>
    Float64Array.from({ length: nFeatures }, (_, k) => (k < i ? 0 : upper(i, k))),
  );
  if (rank === nFeatures) return backSubstitute(rows, b, rank);
  // QR of Rᵀ: Rᵀ = Z L', so R w = b becomes L'ᵀ (Zᵀ w) = b, solved forward, and w = Z y with nothing in the rest.
  const scales = new Float64Array(rank);
  const diagonal = new Float64Array(rank);
  for (let i = 0; i < rank; i++) {
    const v = rows[i] as Float64Array;
    const head = v[i] as number;
    const norm = Math.sqrt(squaredNorm(v, i));
    const r = head > 0 ? -norm : norm;
    diagonal[i] = r;
    v[i] = head - r;
    scales[i] = 1 / (r * (r - head));
    for (let k = i + 1; k < rank; k++) reflect(v, rows[k] as Float64Array, i, scales[i] as number);
  }
  const y = new Float64Array(nFeatures);
  for (let i = 0; i < rank; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= ((rows[i] as Float64Array)[k] as number) * (y[k] as number);
    y[i] = sum / (diagonal[i] as number);
  }
  for (let i = rank - 1; i >= 0; i--) reflect(rows[i] as Float64Array, y, i, scales[i] as number);
  return y;
}

function backSubstitute(rows: readonly Float64Array[], b: Float64Array, rank: number): Float64Array {
  const w = new Float64Array(rank);
  for (let i = rank - 1; i >= 0; i--) {
    const row = rows[i] as Float64Array;
    let sum = b[i] as number;
    for (let k = i + 1; k < rank; k++) sum -= (row[k] as number) * (w[k] as number);
    w[i] = sum / (row[i] as number);
  }
  return w;
}

/** x -= scale * v (v·x), over the elements from `from` on. */
function reflect(v: Float64Array, x: Float64Array, from: number, scale: number): void {
  let dot = 0;
  for (let i = from; i < v.length; i++) dot += (v[i] as number) * (x[i] as number);
  const factor = dot * scale;
  for (let i = from; i < v.length; i++) x[i]! -= factor * (v[i] as number);
}

function squaredNorm(v: Float64Array, from: number): number {
  let sum = 0;
  for (let i = from; i < v.length; i++) sum += (v[i] as number) * (v[i] as number);
  return sum;
}
