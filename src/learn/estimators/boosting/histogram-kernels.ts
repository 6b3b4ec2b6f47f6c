/**
 * The loops that boosting spends most of its time in. A histogram has cells of three numbers (gradient, hessian,
 * count), bin after bin; a feature's cells begin at an offset of its own.
 *
 * Rows go into four features' histograms at once. That reads a row's number, gradient and hessian once instead of four
 * times, and it lets additions overlap: rows of a feature with one frequent value all add to the same cell, and
 * each addition to a cell must wait for the one before it.
 */

/** Numbers in a cell: gradient, hessian, count. */
export const CELL = 3;

/** Columns of bins, and where in the histogram each one's cells begin. */
export interface HistogramColumns {
  /** Column-major bins of all features. */
  readonly bins: Uint8Array;
  /** Where each feature's column begins in `bins`. */
  readonly bases: Float64Array;
  /** Where each feature's cells begin in a histogram. */
  readonly offsets: Int32Array;
}

/**
 * Adds rows[start..start+n) to all features' histograms.
 * @param sums gradient and hessian of the n rows, side by side
 * INOUT histogram.
 */
export function addRows(
  histogram: Float64Array,
  { bins, bases, offsets }: HistogramColumns,
  rows: Uint32Array,
  start: number,
  n: number,
  sums: Float64Array,
): void {
  let f = 0;
  for (; f + 4 <= offsets.length; f += 4) {
    addToFour(
      histogram,
      offsets[f] as number,
      offsets[f + 1] as number,
      offsets[f + 2] as number,
      offsets[f + 3] as number,
      bins,
      bases[f] as number,
      bases[f + 1] as number,
      bases[f + 2] as number,
      bases[f + 3] as number,
      rows,
      start,
      n,
      sums,
    );
  }
  for (; f < offsets.length; f++) {
    addToOne(histogram, offsets[f] as number, bins, bases[f] as number, rows, start, n, sums);
  }
}

function addToFour(
  histogram: Float64Array,
  offset0: number,
  offset1: number,
  offset2: number,
  offset3: number,
  bins: Uint8Array,
  base0: number,
  base1: number,
  base2: number,
  base3: number,
  rows: Uint32Array,
  start: number,
  n: number,
  sums: Float64Array,
): void {
  for (let k = 0; k < n; k++) {
    const row = rows[start + k] as number;
    const gradient = sums[k + k] as number;
    const hessian = sums[k + k + 1] as number;
    const cell0 = offset0 + (bins[base0 + row] as number) * CELL;
    const cell1 = offset1 + (bins[base1 + row] as number) * CELL;
    const cell2 = offset2 + (bins[base2 + row] as number) * CELL;
    const cell3 = offset3 + (bins[base3 + row] as number) * CELL;
    histogram[cell0] = (histogram[cell0] as number) + gradient;
    histogram[cell0 + 1] = (histogram[cell0 + 1] as number) + hessian;
    histogram[cell0 + 2] = (histogram[cell0 + 2] as number) + 1;
    histogram[cell1] = (histogram[cell1] as number) + gradient;
    histogram[cell1 + 1] = (histogram[cell1 + 1] as number) + hessian;
    histogram[cell1 + 2] = (histogram[cell1 + 2] as number) + 1;
    histogram[cell2] = (histogram[cell2] as number) + gradient;
    histogram[cell2 + 1] = (histogram[cell2 + 1] as number) + hessian;
    histogram[cell2 + 2] = (histogram[cell2 + 2] as number) + 1;
    histogram[cell3] = (histogram[cell3] as number) + gradient;
    histogram[cell3 + 1] = (histogram[cell3 + 1] as number) + hessian;
    histogram[cell3 + 2] = (histogram[cell3 + 2] as number) + 1;
  }
}

function addToOne(
  histogram: Float64Array,
  offset: number,
  bins: Uint8Array,
  base: number,
  rows: Uint32Array,
  start: number,
  n: number,
  sums: Float64Array,
): void {
  for (let k = 0; k < n; k++) {
    const cell = offset + (bins[base + (rows[start + k] as number)] as number) * CELL;
    histogram[cell] = (histogram[cell] as number) + (sums[k + k] as number);
    histogram[cell + 1] = (histogram[cell + 1] as number) + (sums[k + k + 1] as number);
    histogram[cell + 2] = (histogram[cell + 2] as number) + 1;
  }
}
