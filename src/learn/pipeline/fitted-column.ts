import { LearnError } from '../errors.js';
import type { InputPreference } from '../estimator.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { withIndicator } from '../preprocessing/missing-indicator.js';
import type { TargetEncoder } from '../preprocessing/target-encoder.js';
import type { InputColumn } from './signature.js';
import type { ColumnPolicy, MissingPolicy } from './spec.js';

/** What became of one input column. */
export type FittedColumn =
  | {
      readonly encoder: ColumnEncoder;
      readonly input: InputColumn;
      readonly warnings: readonly string[];
      /** Present where the training rows are encoded otherwise than later rows. */
      readonly crossFit?: {
        readonly encoder: TargetEncoder;
        /** For each training row its slot, or MISSING_SLOT. */
        readonly slotOfRow: Int32Array;
      };
    }
  | { readonly dropped: 'all_missing' | 'constant' };

/** @throws LearnError column_all_missing when the request says something of the column */
export function dropEmpty(name: string, policy: ColumnPolicy | undefined): FittedColumn {
  if (policy === undefined) return { dropped: 'all_missing' };
  throw new LearnError(
    'column_all_missing',
    'The column has a policy, but no value of its type in the training rows. Drop it or fill it.',
    { column: name },
  );
}

/** The encoder, with an indicator where the request wants one and something was missing. */
export function indicated(
  encoder: ColumnEncoder,
  policy: ColumnPolicy | undefined,
  hasGaps: boolean,
): { encoder: ColumnEncoder; warnings: string[] } {
  if (policy?.addIndicator !== true) return { encoder, warnings: [] };
  if (hasGaps) return { encoder: withIndicator(encoder), warnings: [] };
  return {
    encoder,
    warnings: [`Column "${encoder.name}" has no missing value in the training rows; no indicator was added.`],
  };
}

/** @throws LearnError invalid_parameters when missing values are left to an algorithm that does not take them */
export function requireTaken(column: string, missing: MissingPolicy, algorithm: InputPreference): void {
  if (missing !== 'native' || algorithm.missing === 'native') return;
  throw new LearnError(
    'invalid_parameters',
    'The algorithm does not take missing values: the policy may not be native.',
    { column },
  );
}
