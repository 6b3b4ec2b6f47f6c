import { LearnError } from '../errors.js';
import type { KernelControl } from './thread-pool.js';

/**
 * Kernels that show what a pool does with results, errors, cancels and lost threads. They are part of the build
 * because a thread can only run what was built.
 */
export interface SelfTest {
  /** Shared memory that the kernel marks: element `piece` becomes 1. */
  readonly visited?: Int32Array;
  readonly failAt?: number;
}

/** Gives the piece's number and a typed array of that length. */
export function numberOfPiece(
  shared: SelfTest,
  piece: number,
  control: KernelControl,
): { piece: number; data: Float64Array } {
  if (shared.visited !== undefined) Atomics.store(shared.visited, piece, 1);
  control.checkpoint(0.5);
  return { piece, data: new Float64Array(piece).fill(piece) };
}

/** Refuses piece `failAt` with a code and a place. */
export function refuseOne(shared: SelfTest, piece: number): number {
  if (piece === shared.failAt)
    throw new LearnError('not_finite', 'A number was expected.', { row: piece, column: 'a' });
  return piece;
}

/** Works until it is canceled. */
export function workForever(shared: SelfTest, piece: number, control: KernelControl): never {
  if (shared.visited !== undefined) Atomics.store(shared.visited, piece, 1);
  for (;;) control.checkpoint(0.25);
}

/** Ends its thread in the middle of a piece. */
export function endThread(shared: SelfTest, piece: number): number {
  if (piece === shared.failAt) process.exit(3);
  return piece;
}
