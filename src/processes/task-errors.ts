import type { ErrorCode } from '../errors/catalogue.js';
import { Problem, type ProblemItem } from '../errors/problem.js';
import type { ProcessFailure } from './messages.js';

/** How a task can end without its result. */
export abstract class TaskError extends Error {}

/** The task itself said why. */
export class TaskFailed extends TaskError {
  override readonly name = 'TaskFailed';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly ProblemItem[];

  constructor(failure: ProcessFailure) {
    super(`${failure.code}: ${failure.detail}`);
    this.code = failure.code;
    this.detail = failure.detail;
    this.errors = failure.errors ?? [];
  }

  /** The same error for an HTTP caller. */
  toProblem(): Problem {
    return new Problem(this.code, this.detail, this.errors);
  }
}

/** The process ended without a word: killed from outside, crashed, or it never came up. Trying again may help. */
export class TaskLost extends TaskError {
  override readonly name = 'TaskLost';

  constructor(
    readonly exitCode: number | null,
    readonly signal: NodeJS.Signals | null,
  ) {
    super(signal ? `the process ended by ${signal}` : `the process ended with exit code ${exitCode}`);
  }

  /** For a caller, who learns nothing of signals; the log finds them in the cause. */
  toProblem(detail: string): Problem {
    const problem = new Problem('process_lost', detail);
    problem.cause = this;
    return problem;
  }
}

/** It ran longer than it may and was ended. */
export class TaskTimedOut extends TaskError {
  override readonly name = 'TaskTimedOut';

  constructor(readonly timeoutMs: number) {
    super(`the process ran longer than ${timeoutMs} ms`);
  }
}

/** It needed more memory than it may have and was ended, or could not get what it needed. */
export class TaskOutOfMemory extends TaskError {
  override readonly name = 'TaskOutOfMemory';

  constructor(readonly memoryMb: number) {
    super(`the process needed more than ${memoryMb} MiB`);
  }
}

/** The caller's signal ended it. */
export class TaskCanceled extends TaskError {
  override readonly name = 'TaskCanceled';

  constructor() {
    super('the process was canceled');
  }
}
