import { Worker } from 'node:worker_threads';
import { isStorageFull } from '../errors/file-errors.js';
import { problemFromLearnError } from '../errors/from-learn-error.js';
import { Problem } from '../errors/problem.js';
import { LearnError } from '../learn/errors.js';
import { compiledUrl } from './entries.js';
import type { FromChild, ProcessFailure, ProcessTask, ProcessTasks, ToChild } from './messages.js';

/** What a running task may say and ask. */
export interface TaskContext {
  /** `fraction` is 0..1 within the phase. Cheap: too frequent ones are not sent. */
  progress(phase: string, fraction: number): void;
  /** Aborted when the parent asks for an end; the process is killed a moment later. */
  readonly signal: AbortSignal;
  isCanceled(): boolean;
}

/** Tells the parent that an allocation failed; no signal and no other exit uses it. */
export const OUT_OF_MEMORY_EXIT_CODE = 71;
const PROGRESS_INTERVAL_MS = 100;

/**
 * The child's side of runTask: waits for the input, runs the handler once, sends its result, exits.
 * A Problem or a LearnError keeps its code and sentence. Anything else may hold the caller's data: it becomes
 * `internal_error`, with its stack on stderr only.
 */
export function serveTask<T extends ProcessTask>(
  _task: T,
  handler: (input: ProcessTasks[T]['input'], context: TaskContext) => Promise<ProcessTasks[T]['output']>,
): void {
  const cancel = new AbortController();
  const context: TaskContext = {
    progress: throttled((phase, fraction) => send<T>({ kind: 'progress', phase, fraction })),
    signal: cancel.signal,
    isCanceled: () => cancel.signal.aborted,
  };
  const run = async (input: ProcessTasks[T]['input']) => {
    try {
      const output = await handler(input, context);
      await send<T>({ kind: 'done', output });
      process.exit(0);
    } catch (error) {
      await failWith<T>(error);
    }
  };

  endWithParent();
  process.on('uncaughtException', (error) => void failWith<T>(error));
  process.on('unhandledRejection', (error) => void failWith<T>(error));
  process.on('message', (message: ToChild<T>) => {
    if (message.kind === 'start') void run(message.input);
    else cancel.abort();
  });
}

/** From now on this process ends when its parent has, however busy it is. */
export function endWithParent(): void {
  // Ctrl-C in a terminal reaches the whole group; the parent decides what becomes of its tasks.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', () => process.exit(1));
  // 'disconnect' is not seen by a thread that computes, so a second one watches whose child we are.
  const watch = new Worker(compiledUrl('processes/parent-watch.js'), {
    workerData: { parentPid: process.ppid },
  });
  watch.unref();
}

async function failWith<T extends ProcessTask>(error: unknown): Promise<void> {
  if (
    error instanceof RangeError &&
    /allocation failed|invalid (typed )?array( buffer)? length/i.test(error.message)
  ) {
    process.exit(OUT_OF_MEMORY_EXIT_CODE);
  }
  const failure = toFailure(error);
  if (failure.code === 'internal_error') {
    const stack = error instanceof Error ? (error.stack ?? error.message) : 'a thrown value is not an Error';
    process.stderr.write(`${stack}\n`);
  }
  await send<T>({ kind: 'failed', error: failure });
  process.exit(1);
}

/** What crosses the border of an error: never more than a code and a sentence that was made for callers. */
export function toFailure(error: unknown): ProcessFailure {
  if (error instanceof Problem) {
    return { code: error.code, detail: error.detail, errors: [...error.errors] };
  }
  if (error instanceof LearnError) return toFailure(problemFromLearnError(error));
  if (isStorageFull(error)) {
    return { code: 'storage_full', detail: 'There was no room to write the result; nothing of it was kept.' };
  }
  return { code: 'internal_error', detail: 'The process failed unexpectedly; see the log.' };
}

function throttled(tell: (phase: string, fraction: number) => void) {
  let lastPhase: string | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  return (phase: string, fraction: number) => {
    const now = performance.now();
    if (phase === lastPhase && fraction < 1 && now - lastAt < PROGRESS_INTERVAL_MS) return;
    lastPhase = phase;
    lastAt = now;
    tell(phase, Math.min(1, Math.max(0, fraction)));
  };
}

/** Resolves when the message has left this process; a parent that is gone needs no answer. */
function send<T extends ProcessTask>(message: FromChild<T>): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}
