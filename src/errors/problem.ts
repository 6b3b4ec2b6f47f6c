import { CATALOGUE, type ErrorCode } from './catalogue.js';

/** One of several things that are wrong, with its place. Never holds a value that the caller sent. */
export interface ProblemItem {
  /** Stable: missing_argument, wrong_type, out_of_range, unknown_parameter, unknown_column, … */
  readonly code: string;
  /** The sentence for people. */
  readonly message: string;
  readonly argument?: string;
  readonly sentType?: string;
  readonly expectedType?: string;
  readonly column?: string;
  /** Zero-based row of a prediction request. */
  readonly row?: number;
  /** One-based line of a file. */
  readonly line?: number;
}

/** The body of every error: application/problem+json (RFC 9457). */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: readonly ProblemItem[];
  readonly requestId?: string;
}

/** An error that may be shown to a caller. Everything else becomes `internal_error` without details. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ErrorCode,
    /** What was expected, what came, what to do; no data of the caller. */
    readonly detail: string,
    readonly errors: readonly ProblemItem[] = [],
    /** Seconds for a Retry-After header. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${code}: ${detail}`);
  }

  get status(): number {
    return CATALOGUE[this.code].status;
  }

  toBody(requestId?: string): ProblemBody {
    return {
      type: `/docs/errors#${this.code}`,
      title: CATALOGUE[this.code].title,
      status: this.status,
      code: this.code,
      detail: this.detail,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
      ...(requestId === undefined ? {} : { requestId }),
    };
  }
}
