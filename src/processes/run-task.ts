import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { entryOf } from './entries.js';
import { watchMemory } from './memory-watch.js';
import type { FromChild, ProcessTask, ProcessTasks, ToChild } from './messages.js';
import { OUT_OF_MEMORY_EXIT_CODE } from './serve-task.js';
import {
  TaskCanceled,
  type TaskError,
  TaskFailed,
  TaskLost,
  TaskOutOfMemory,
  TaskTimedOut,
} from './task-errors.js';

export interface RunTaskOptions {
  /** Ends the task: it is asked to, and killed a moment later. */
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
  /** Cap of the whole process, typed arrays and native memory included, in MiB. */
  readonly memoryMb: number;
  /** `fraction` is 0..1 within the phase. */
  readonly onProgress?: (phase: string, fraction: number) => void;
  /** Scheduling priority below our own; a positive number is politer. Default 5, so that requests are answered first. */
  readonly nice?: number;
  readonly onSpawn?: (pid: number) => void;
  /** Another compiled entry than the task's own. */
  readonly entryPath?: string;
}

/** Kernels look at the flag every 50 ms at least; with the kill after it, a cancel takes effect within 200 ms. */
const CANCEL_GRACE_MS = 60;
/** A task that has answered has nothing left to do. */
const EXIT_GRACE_MS = 1_000;
const STDERR_TAIL_LENGTH = 8_192;
/** The child gets no setting of ours: no database address, no token. */
const INHERITED_VARIABLES = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'TZ',
  'LD_LIBRARY_PATH',
  'SystemRoot',
];

/** How each of our processes is started. */
export function childSettings(memoryMb: number): { execArgv: string[]; env: NodeJS.ProcessEnv } {
  return {
    execArgv: ['--enable-source-maps', `--max-old-space-size=${memoryMb}`],
    env: Object.fromEntries(INHERITED_VARIABLES.map((name) => [name, process.env[name]])),
  };
}

/**
 * Runs a task in a process of its own and gives back its result.
 * Throws TaskFailed, TaskLost, TaskTimedOut, TaskOutOfMemory or TaskCanceled; the process has ended by then.
 */
export function runTask<T extends ProcessTask>(
  task: T,
  input: ProcessTasks[T]['input'],
  options: RunTaskOptions,
): Promise<ProcessTasks[T]['output']> {
  if (options.signal?.aborted) return Promise.reject(new TaskCanceled());
  return new TaskRun<T>(task, input, options).outcome;
}

class TaskRun<T extends ProcessTask> {
  readonly outcome: Promise<ProcessTasks[T]['output']>;
  readonly #child: ChildProcess;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopWatchingMemory: () => void = () => undefined;
  /** Why we ended it, if we did. */
  #ended: TaskError | undefined;
  #answer: Extract<FromChild<T>, { kind: 'done' | 'failed' }> | undefined;
  #stderrTail = '';

  constructor(
    task: T,
    input: ProcessTasks[T]['input'],
    private readonly options: RunTaskOptions,
  ) {
    this.#child = fork(options.entryPath ?? entryOf(task), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...childSettings(options.memoryMb),
    });
    this.outcome = new Promise((resolve, reject) => this.#follow(resolve, reject));
    this.#send({ kind: 'start', input });
  }

  #follow(resolve: (output: ProcessTasks[T]['output']) => void, reject: (error: Error) => void): void {
    const child = this.#child;
    const { signal, timeoutMs, memoryMb } = this.options;
    const onAbort = () => this.#endGently(new TaskCanceled());
    const finish = (settle: () => void) => {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#stopWatchingMemory();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };

    signal?.addEventListener('abort', onAbort, { once: true });
    this.#after(timeoutMs, () => this.#endGently(new TaskTimedOut(timeoutMs)));
    child.on('message', (message: FromChild<T>) => this.#receive(message));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keepStderr(text));
    child.once('spawn', () => this.#afterSpawn(memoryMb));
    child.once('error', (error) => {
      if (child.pid === undefined) finish(() => reject(error));
    });
    // 'close' comes after the last byte of stderr and the last message.
    child.once('close', (exitCode, exitSignal) => {
      finish(() => {
        if (this.#answer?.kind === 'done') resolve(this.#answer.output);
        else reject(this.#failure(exitCode, exitSignal));
      });
    });
  }

  #afterSpawn(memoryMb: number): void {
    const pid = this.#child.pid!;
    try {
      setPriority(pid, Math.min(this.options.nice ?? 5, constants.priority.PRIORITY_LOW));
    } catch {
      // It has ended already, or the system does not allow it: the task runs all the same.
    }
    this.#stopWatchingMemory = watchMemory(pid, memoryMb, () => {
      this.#ended ??= new TaskOutOfMemory(memoryMb);
      this.#child.kill('SIGKILL');
    });
    this.options.onSpawn?.(pid);
  }

  #receive(message: FromChild<T>): void {
    if (message.kind === 'progress') {
      if (!this.#ended) this.options.onProgress?.(message.phase, message.fraction);
      return;
    }
    this.#answer = message;
    this.#after(EXIT_GRACE_MS, () => this.#child.kill('SIGKILL'));
  }

  #endGently(reason: TaskError): void {
    if (this.#ended || this.#answer) return;
    this.#ended = reason;
    this.#send({ kind: 'cancel' });
    this.#after(CANCEL_GRACE_MS, () => this.#child.kill('SIGKILL'));
  }

  #failure(exitCode: number | null, signal: NodeJS.Signals | null): TaskError {
    if (this.#ended) return this.#ended;
    if (this.#answer?.kind === 'failed') return new TaskFailed(this.#answer.error);
    const heapIsFull = signal === 'SIGABRT' && this.#stderrTail.includes('heap out of memory');
    if (heapIsFull || exitCode === OUT_OF_MEMORY_EXIT_CODE) return new TaskOutOfMemory(this.options.memoryMb);
    return new TaskLost(exitCode, signal);
  }

  #keepStderr(text: string): void {
    process.stderr.write(text);
    this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_LENGTH);
  }

  #send(message: ToChild<T>): void {
    // A child that is gone already tells so by 'close'.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #after(delayMs: number, action: () => void): void {
    this.#timers.add(setTimeout(action, Math.min(delayMs, 2 ** 31 - 1)));
  }
}
