/** An answer of EasyML's that is no success: a status and a JSON body with `detail`. */
export class EasymlError extends Error {
  override readonly name = 'EasymlError';

  constructor(
    readonly status: number,
    readonly detail: string,
    /** What stands beside `detail`. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

export const INVALID_FORMAT = 'Invalid format';
export const NOT_ALLOWED = 'You do not have permission to perform this action.';
