/** The kernel of support vector regression by coordinates. Operands lie in the kernels' memory (dense-kernels.ts). */
import { openKernels } from './kernel-memory.js';

/** The variables of all rows, and what belongs to each row. */
export interface TubeRows {
  /** The places of the rows in the order of the visits. */
  readonly order: Uint32Array;
  /** Row-major, `stride` elements each, a multiple of 2. */
  readonly rows: Float64Array;
  readonly stride: number;
  readonly weights: Float64Array;
  readonly betas: Float64Array;
  readonly targets: Float64Array;
  readonly costs: Float64Array;
  /** Squared lengths of the rows. */
  readonly lengths: Float64Array;
}

/**
 * Moves the variables of up to `most` rows to their optimum, one after the other.
 * @param state IN/OUT the place to go on at, the number of active rows, the sum and the largest of the violations so far;
 * IN above which ease a row rests: it then changes places with the last active one
 */
export function visitTube(
  most: number,
  state: Float64Array,
  { order, rows, stride, weights, betas, targets, costs, lengths }: TubeRows,
  { epsilon, squared }: { readonly epsilon: number; readonly squared: boolean },
): void {
  openKernels().kernels.visitTube(
    most,
    state.byteOffset,
    order.byteOffset,
    rows.byteOffset,
    stride,
    weights.byteOffset,
    betas.byteOffset,
    targets.byteOffset,
    costs.byteOffset,
    lengths.byteOffset,
    epsilon,
    squared ? 1 : 0,
  );
}
