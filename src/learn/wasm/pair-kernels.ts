/** Kernels of sequential minimal optimisation. Operands lie in the kernels' memory (dense-kernels.ts). */
import { openKernels } from './kernel-memory.js';

/**
 * pulls -= step (rowI - rowJ), over `length` elements (a multiple of 2). Gives the first place of the largest pull + rises,
 * -1 where all are -Infinity.
 */
export function movePulls(
  length: number,
  pulls: Float64Array,
  rises: Float64Array,
  rowI: Float64Array,
  rowJ: Float64Array,
  step: number,
): number {
  const at = pulls.byteOffset;
  return openKernels().kernels.movePulls(
    length,
    at,
    rises.byteOffset,
    rowI.byteOffset,
    rowJ.byteOffset,
    step,
  );
}

/**
 * The first place of the largest difference² / curvature among pulls + falls below `most`, or -1; length a multiple of 2.
 * Curvature is own + diagonal - 2 rowI, at least `leastCurvature`. OUT least[0]: the smallest pull + falls.
 */
export function findPartner(
  length: number,
  pulls: Float64Array,
  falls: Float64Array,
  rowI: Float64Array,
  diagonal: Float64Array,
  { own, most, leastCurvature }: { own: number; most: number; leastCurvature: number },
  least: Float64Array,
): number {
  return openKernels().kernels.findPartner(
    length,
    pulls.byteOffset,
    falls.byteOffset,
    rowI.byteOffset,
    diagonal.byteOffset,
    own,
    most,
    leastCurvature,
    least.byteOffset,
  );
}

/**
 * out(p) += Σ q(j) x(j, p): one row times many columns, which lie feature by feature, nPoints wide (a multiple of 8).
 * Summed in the order of the features.
 */
export function rowTimesColumns(
  nPoints: number,
  nFeatures: number,
  q: Float64Array,
  x: Float64Array,
  out: Float64Array,
): void {
  openKernels().kernels.rowTimesColumns(nPoints, nFeatures, q.byteOffset, x.byteOffset, out.byteOffset);
}
