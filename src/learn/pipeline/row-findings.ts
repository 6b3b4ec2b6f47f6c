/** What can be wrong with a prediction row. Never holds a value of the row. */
export interface RowProblem {
  readonly code:
    | 'missing_column'
    | 'missing_value'
    | 'not_an_object'
    | 'not_finite'
    | 'unseen_category'
    | 'wrong_type';
  /** Zero-based. */
  readonly row: number;
  readonly column?: string;
  readonly message: string;
  readonly expectedType?: string;
  readonly sentType?: string;
}

/** What a caller should know although the row was predicted. */
export interface RowWarning {
  readonly code: 'unseen_category' | 'imputed' | 'out_of_range' | 'type_coerced' | 'extra_column';
  readonly row: number;
  readonly column: string;
  readonly message: string;
}

/** Beyond this many problems the rest of the rows is not looked at. */
export const MAX_PROBLEMS = 100;
/** Beyond this many warnings only their number is kept. */
export const MAX_WARNINGS = 1000;

const PROBLEM_SENTENCES: Record<RowProblem['code'], string> = {
  missing_column: 'The column is absent; send null where there is no value.',
  missing_value: 'The column must have a value.',
  not_an_object: 'A row must be an object with a value for each column.',
  not_finite: 'The number must be finite.',
  unseen_category: 'The category was not seen in training.',
  wrong_type: 'The value has the wrong type.',
};

const WARNING_SENTENCES: Record<RowWarning['code'], string> = {
  unseen_category:
    'The category was not seen in training, or too seldom; the policy of the column was applied.',
  imputed: 'The value is missing; the fill value of the column was used.',
  out_of_range: 'The value lies outside of the range seen in training.',
  type_coerced: 'The value was sent in another type and was converted.',
  extra_column: 'The model does not know this column; it was ignored.',
};

/** Collects what is found in one batch of rows. */
export class RowFindings {
  readonly problems: RowProblem[] = [];
  readonly warnings: RowWarning[] = [];
  nWarningsLeftOut = 0;

  get isFull(): boolean {
    return this.problems.length >= MAX_PROBLEMS;
  }

  problem(
    code: RowProblem['code'],
    row: number,
    column?: string,
    types?: { expectedType: string; sentType: string },
  ): void {
    if (this.isFull) return;
    const message = types === undefined ? PROBLEM_SENTENCES[code] : `Expected ${types.expectedType}.`;
    this.problems.push({ code, row, ...(column === undefined ? {} : { column }), message, ...types });
  }

  warning(code: RowWarning['code'], row: number, column: string): void {
    if (this.warnings.length >= MAX_WARNINGS) this.nWarningsLeftOut++;
    else this.warnings.push({ code, row, column, message: WARNING_SENTENCES[code] });
  }
}
