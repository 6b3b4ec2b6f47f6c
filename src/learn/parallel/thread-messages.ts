import { LearnError, type LearnErrorCode, type LearnErrorPlace } from '../errors.js';

/** To a thread: take pieces of this run until there are none. */
export interface RunMessage {
  /** Where to import the kernel from. */
  readonly module: string;
  readonly name: string;
  readonly shared: unknown;
  readonly nPieces: number;
  /** Shared, length 1: the next piece that nobody has taken. */
  readonly nextPiece: Int32Array;
  /** Shared, length nPieces: how much of each piece is done, 0..1. */
  readonly progress: Float64Array;
  /** Shared, length 1: the job's cancel flag. */
  readonly canceled: Int32Array;
  /** Shared, length 1: raised when this run has failed elsewhere. */
  readonly stopped: Int32Array;
}

/** An error on its way between threads. */
export interface ErrorMessage {
  readonly message: string;
  readonly code?: LearnErrorCode;
  readonly place?: LearnErrorPlace;
}

/** From a thread. */
export type ThreadMessage =
  | { readonly kind: 'result'; readonly piece: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: ErrorMessage }
  /** The thread takes no more pieces of the run; it is the last message of a run. */
  | { readonly kind: 'done' };

export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof LearnError) {
    return { code: error.code, message: error.message, place: error.place };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

export function fromErrorMessage(error: ErrorMessage): Error {
  return error.code === undefined
    ? new Error(error.message)
    : new LearnError(error.code, error.message, error.place);
}
