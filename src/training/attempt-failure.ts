import { Problem } from '../errors/problem.js';
import {
  TaskCanceled,
  TaskFailed,
  TaskLost,
  TaskOutOfMemory,
  TaskTimedOut,
} from '../processes/task-errors.js';
import type { Ending } from './attempts.repository.js';
import type { StopReason } from './running-trainings.js';
import type { TrainingError } from './training.js';
import { TRAINING_LOST } from './training-outcomes.js';

/** What a failed attempt means for its training. */
export type AttemptFailure =
  /** Trying again would give the same. */
  | { readonly kind: 'final'; readonly ending: Ending }
  /** The service stops: the training waits for another worker, its attempt is not counted. */
  | { readonly kind: 'not_its_fault' }
  /** Another attempt may do better; `error` is what stays when there is none left. */
  | { readonly kind: 'retry'; readonly error: TrainingError; readonly delayMs: number }
  /** As `retry`, but nobody foresaw it. */
  | {
      readonly kind: 'unknown';
      readonly cause: unknown;
      readonly error: TrainingError;
      readonly delayMs: number;
    };

const FIRST_DELAY_MS = 1_000;
/** A full disk is not emptied within a second. */
const FIRST_STORAGE_DELAY_MS = 5_000;

/** @param attempt the number of the attempt that failed, >= 1: each one doubles the wait */
export function judgeFailure(
  error: unknown,
  reason: StopReason | undefined,
  attempt: number,
): AttemptFailure {
  const delayMs = FIRST_DELAY_MS * 2 ** (attempt - 1);
  if (error instanceof TaskCanceled) {
    return reason === 'canceled'
      ? { kind: 'final', ending: { status: 'canceled' } }
      : { kind: 'not_its_fault' };
  }
  if (error instanceof TaskTimedOut) {
    const detail = `The training ran longer than the ${error.timeoutMs / 1000} s that it may.`;
    return { kind: 'final', ending: { status: 'timed_out', error: { code: 'training_timed_out', detail } } };
  }
  if (error instanceof TaskOutOfMemory) {
    const detail = `The training needed more than the ${error.memoryMb} MiB that it may have.`;
    return failed({ code: 'training_out_of_memory', detail });
  }
  if (error instanceof TaskLost) return { kind: 'retry', error: TRAINING_LOST, delayMs };
  if (error instanceof TaskFailed || error instanceof Problem) {
    const told: TrainingError = { code: error.code, detail: error.detail };
    if (told.code === 'storage_full') {
      return { kind: 'retry', error: told, delayMs: FIRST_STORAGE_DELAY_MS * 2 ** (attempt - 1) };
    }
    return failed(told);
  }
  const detail = 'The training failed unexpectedly; see the log.';
  return { kind: 'unknown', cause: error, error: { code: 'internal_error', detail }, delayMs };
}

function failed(error: TrainingError): AttemptFailure {
  return { kind: 'final', ending: { status: 'failed', error } };
}
