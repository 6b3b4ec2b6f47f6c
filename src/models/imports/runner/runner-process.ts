import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { Problem } from '../../../errors/problem.js';
import { compiledUrl } from '../../../processes/entries.js';
import { watchMemory } from '../../../processes/memory-watch.js';
import type { FromModelRunner, ToModelRunner } from '../../../processes/messages.js';
import { childSettings } from '../../../processes/run-task.js';

const ENTRY = 'models/imports/runner/main.js';
const STDERR_LINE_LENGTH = 4096;

interface Waiting {
  readonly resolve: (answer: FromModelRunner) => void;
  readonly reject: (problem: Problem) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One process with one opened model. It answers one message at a time; when it ends, for whatever reason, the message
 * under way is answered with a Problem, and every later one as well.
 */
export class RunnerProcess {
  readonly #child: ChildProcess;
  #waiting: Waiting | undefined;
  #stopWatchingMemory: () => void = () => undefined;
  #endedBy: Problem | undefined;

  constructor(
    memoryMb: number,
    private readonly timeoutMs: number,
    /** Called once. */
    private readonly onEnd: () => void,
  ) {
    this.#child = fork(compiledUrl(ENTRY), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      ...childSettings(memoryMb),
    });
    const child = this.#child;
    child.on('message', (answer: FromModelRunner) => this.#settle((waiting) => waiting.resolve(answer)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text.slice(0, STDERR_LINE_LENGTH));
    });
    child.once('spawn', () => {
      politely(child.pid as number);
      this.#stopWatchingMemory = watchMemory(child.pid as number, memoryMb, () => {
        this.end(gone(`The model needed more than ${memoryMb} MiB; its process was ended.`));
      });
    });
    child.once('error', () => this.#afterEnd());
    child.once('exit', () => this.#afterEnd());
  }

  /** Undefined before it has started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws Problem not_ready when the process ends before its answer; process_timed_out; what the process refuses */
  async ask(message: ToModelRunner): Promise<Exclude<FromModelRunner, { kind: 'failed' }>> {
    const answer = await new Promise<FromModelRunner>((resolve, reject) => {
      if (this.#endedBy !== undefined) return reject(this.#endedBy);
      const timer = setTimeout(() => {
        const seconds = this.timeoutMs / 1000;
        this.end(
          new Problem(
            'process_timed_out',
            `The model took more than ${seconds} s; its process was ended.`,
            [],
            1,
          ),
        );
      }, this.timeoutMs);
      this.#waiting = { resolve, reject, timer };
      // A process that is gone already says so by its end.
      this.#child.send(message, () => undefined);
    });
    if (answer.kind !== 'failed') return answer;
    throw new Problem(answer.error.code, answer.error.detail, answer.error.errors ?? []);
  }

  /** @param reason what the message under way is answered with */
  end(reason: Problem): void {
    this.#endedBy ??= reason;
    this.#child.kill('SIGKILL');
  }

  #afterEnd(): void {
    this.#stopWatchingMemory();
    this.#endedBy ??= gone('The process that ran the model has ended; it is started again.');
    const problem = this.#endedBy;
    this.#settle((waiting) => waiting.reject(problem));
    this.onEnd();
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    how(waiting);
  }
}

function gone(detail: string): Problem {
  return new Problem('not_ready', detail, [], 1);
}

/** Behind the event loop that answers everybody else. */
function politely(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system does not allow it.
  }
}
