/**
 * Lets threads that work in step wait for each other. For kernels whose pieces run all at once: as many pieces as the
 * pool has threads, each piece a part of every step.
 */
export interface BarrierState {
  /** Shared, length 2: how many have arrived, and how often all have. */
  readonly words: Int32Array;
  readonly parties: number;
}

/** Looks before it sleeps: the others are usually microseconds behind, and waking up takes longer. */
const SPINS = 4000;
/** While it sleeps, it looks this often whether the run has been canceled or has failed elsewhere. */
const POLL_MS = 20;

export function createBarrier(parties: number): BarrierState {
  return { words: new Int32Array(new SharedArrayBuffer(8)), parties };
}

/**
 * Returns once all parties have called it; what they wrote to shared memory before is visible after.
 * @param poll called while waiting; ends the wait by throwing
 */
export function waitForAll({ words, parties }: BarrierState, poll: () => void): void {
  const round = Atomics.load(words, 1);
  if (Atomics.add(words, 0, 1) + 1 === parties) {
    Atomics.store(words, 0, 0);
    Atomics.add(words, 1, 1);
    Atomics.notify(words, 1);
    return;
  }
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(words, 1) !== round) return;
  // A wake-up alone says nothing: the last one to arrive may notify late, when others already sleep in the next round.
  while (Atomics.load(words, 1) === round) {
    if (Atomics.wait(words, 1, round, POLL_MS) === 'timed-out') poll();
  }
}
