/** Halving rows at the middle of the feature in which they lie farthest apart: what trees of space are made by. */

/** From so many rows on, a feature of them takes long enough to look in between. */
const MANY_ROWS = 10_000;

/**
 * The one of these features whose values lie farthest apart in the rows order[from] to order[to - 1].
 * @param look called once a feature where rows are many; may throw
 */
export function widestFeature(
  rows: Float64Array,
  nFeatures: number,
  features: ArrayLike<number>,
  order: Uint32Array,
  from: number,
  to: number,
  look: () => void,
): number {
  let widest = 0;
  let widestSpread = -1;
  for (let k = 0; k < features.length; k++) {
    if (to - from >= MANY_ROWS) look();
    const j = features[k] as number;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const value = rows[(order[i] as number) * nFeatures + j] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low > widestSpread) {
      widest = j;
      widestSpread = high - low;
    }
  }
  return widest;
}

/** Quickselect with the middle element as pivot: afterwards keys[from..k-1] <= keys[k] <= keys[k+1..to]. */
export function selectMiddle(
  keys: Float64Array,
  order: Uint32Array,
  from: number,
  to: number,
  k: number,
): void {
  let low = from;
  let high = to;
  while (low < high) {
    const pivot = keys[(low + high) >>> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((keys[i] as number) < pivot) i++;
      while ((keys[j] as number) > pivot) j--;
      if (i > j) break;
      swap(keys, i, j);
      swap(order, i, j);
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}

function swap(items: Float64Array | Uint32Array, i: number, j: number): void {
  const kept = items[i] as number;
  items[i] = items[j] as number;
  items[j] = kept;
}

/**
 * Rows in an order in which neighbours lie together: ranges are halved at the middle of their widest feature until
 * each holds at most `atMost` rows.
 * @param rows row-major
 * @param features those that are looked at; with none, rows stay in their order
 * @param look called often meanwhile; may throw
 * @returns the rows, and where each range begins, with the end of the last one
 */
export function halvedOrder(
  rows: Float64Array,
  nRows: number,
  nFeatures: number,
  features: ArrayLike<number>,
  atMost: number,
  look: () => void,
): { order: Uint32Array; starts: number[] } {
  const order = Uint32Array.from({ length: nRows }, (_, i) => i);
  const starts: number[] = [];
  if (features.length === 0) {
    for (let at = 0; at < nRows; at += atMost) starts.push(at);
    return { order, starts: [...starts, nRows] };
  }
  const keys = new Float64Array(nRows);
  const split = (from: number, to: number): void => {
    if (to - from <= atMost) {
      starts.push(from);
      return;
    }
    look();
    const feature = widestFeature(rows, nFeatures, features, order, from, to, look);
    for (let i = from; i < to; i++) keys[i] = rows[(order[i] as number) * nFeatures + feature] as number;
    const middle = (from + to) >>> 1;
    selectMiddle(keys, order, from, to - 1, middle);
    split(from, middle);
    split(middle, to);
  };
  split(0, nRows);
  return { order, starts: [...starts, nRows] };
}
