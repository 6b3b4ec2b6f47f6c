/**
 * A flag in shared memory: raised once by whoever decides that a job shall stop, read by every thread from its
 * inner loop. Reading costs a few nanoseconds and needs no message, so it works while a thread is busy.
 */
export interface CancelFlag {
  /** Length 1; 0: go on, 1: stop. */
  readonly word: Int32Array;
  /** Raises the flag. May be called any number of times, from any thread. */
  cancel(): void;
  isCanceled(): boolean;
}

/** A flag that is not raised yet. */
export function createCancelFlag(): CancelFlag {
  const word = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    word,
    cancel: () => {
      Atomics.store(word, 0, 1);
    },
    isCanceled: () => Atomics.load(word, 0) !== 0,
  };
}
