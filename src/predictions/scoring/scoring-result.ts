import type { RowWarning } from '../../learn/pipeline/row-findings.js';
import type { Explanation } from './served-model.js';

/** What a protocol writes its reply from. Every number is finite. */
export interface ScoringResult {
  /** UUID of version 7; row i of the request is known by this id and i. */
  readonly predictionId: string;
  readonly nRows: number;
  /** Row-major, nRows * nOutputs, to be read by the model's output kind. */
  readonly outputs: Float64Array;
  /** Classification: by row the index of the class that was decided for. Empty otherwise. */
  readonly decisions: Int32Array;
  readonly warnings: readonly RowWarning[];
  readonly nWarningsLeftOut: number;
  readonly explanation?: Explanation;
  /** From the read request to these numbers. */
  readonly latencyMs: number;
}
