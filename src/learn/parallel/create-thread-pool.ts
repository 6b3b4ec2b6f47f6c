import { LearnError } from '../errors.js';
import { type CancelFlag, createCancelFlag } from './cancel-flag.js';
import { InlineThreadPool } from './inline-thread-pool.js';
import type { ThreadPool } from './thread-pool.js';
import { WorkerThreadPool } from './worker-thread-pool.js';

export interface ThreadPoolOptions {
  /** How many pieces run at once, >= 1. */
  readonly size: number;
  /** Raise it to cancel whatever the pool runs, now and later. Default: a flag of its own that nobody raises. */
  readonly cancelFlag?: CancelFlag;
  /**
   * Whether pieces run on the calling thread. Default: when `size` is 1. `false` keeps the caller's event loop
   * free with a single thread, too, so that a cancel can arrive as a message.
   */
  readonly inline?: boolean;
}

/**
 * A pool of threads. Threads start at once, beside what the caller does until its first run, and stay until `close`; an
 * idle pool does not keep the process alive.
 * @throws LearnError invalid_parameters when `size` is not a positive integer
 */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  const { size, cancelFlag = createCancelFlag(), inline = size === 1 } = options;
  if (!Number.isInteger(size) || size < 1) {
    throw new LearnError('invalid_parameters', 'A pool needs at least one thread.');
  }
  return inline ? new InlineThreadPool(cancelFlag) : new WorkerThreadPool(size, cancelFlag);
}
