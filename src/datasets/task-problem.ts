import { Problem } from '../errors/problem.js';
import { TaskFailed, TaskOutOfMemory, TaskTimedOut } from '../processes/task-errors.js';

/** How a process that read a data set failed, for the caller who asked for it. */
export function taskProblem(error: unknown): unknown {
  if (error instanceof TaskFailed) return error.toProblem();
  if (error instanceof TaskTimedOut) {
    return new Problem('process_timed_out', 'Reading the data took too long.');
  }
  if (error instanceof TaskOutOfMemory) {
    return new Problem('payload_too_large', 'The data need more memory than their reading may have.');
  }
  return error;
}
