/** The squared Euclidean distance of two rows of `nFeatures` numbers that begin at these places of their arrays. */
export function squaredDistance(
  a: Float64Array,
  atA: number,
  b: Float64Array,
  atB: number,
  nFeatures: number,
): number {
  let sum = 0;
  for (let j = 0; j < nFeatures; j++) {
    const difference = (a[atA + j] as number) - (b[atB + j] as number);
    sum += difference * difference;
  }
  return sum;
}
