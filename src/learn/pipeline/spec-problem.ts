/** One thing that is wrong with a request. */
export interface SpecProblem {
  readonly code:
    | 'missing_argument'
    | 'unknown_algorithm'
    | 'unknown_column'
    | 'unknown_parameter'
    | 'wrong_type'
    | 'out_of_range'
    | 'conflicting_parameters'
    | 'illegal_policy'
    | 'target_dropped'
    | 'target_not_numeric'
    | 'constant_target'
    | 'missing_target_values'
    | 'no_usable_columns';
  /** The path in the request: `parameters.nEstimators`, `columns`. */
  readonly argument: string;
  readonly column?: string;
  /** What was expected, as a part of a sentence. */
  readonly expected: string;
  readonly sentType?: string;
  /** The whole sentence. */
  readonly message: string;
}

/** Collects problems; fills in the sentence. */
export type Report = (problem: Omit<SpecProblem, 'message'>) => void;

/** What `message` says. */
export function sentence({ argument, column, expected }: Omit<SpecProblem, 'message'>): string {
  return column === undefined
    ? `${argument}: expected ${expected}.`
    : `${argument}, column "${column}": expected ${expected}.`;
}
