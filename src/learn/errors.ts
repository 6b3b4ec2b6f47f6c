/**
 * What the numerical core refuses, as data. The service translates a code to an HTTP status in one place
 * (src/errors/catalogue.ts); the core itself knows neither HTTP nor JSON.
 */
export const LEARN_ERROR_CODES = [
  'canceled',
  'constant_target',
  'column_all_missing',
  'feature_out_of_domain',
  'invalid_parameters',
  'invalid_state',
  'missing_target_values',
  'missing_value',
  'no_usable_columns',
  'not_enough_rows',
  'not_finite',
  'numerical_failure',
  'target_all_unique',
  'target_not_numeric',
  'target_out_of_domain',
  'too_many_classes',
  'too_many_rows',
  'unknown_algorithm',
  'unknown_column',
  'unseen_category',
  'unsupported_version',
] as const;

export type LearnErrorCode = (typeof LEARN_ERROR_CODES)[number];

/** Where an error points to. Never holds a value of the caller's data. */
export interface LearnErrorPlace {
  column?: string;
  /** Zero-based row of the input. */
  row?: number;
  parameter?: string;
}

/** An error of the core: a stable code, a sentence that says what was expected and what to do, and a place. */
export class LearnError extends Error {
  override readonly name = 'LearnError';

  constructor(
    readonly code: LearnErrorCode,
    message: string,
    readonly place: LearnErrorPlace = {},
  ) {
    super(message);
  }
}
