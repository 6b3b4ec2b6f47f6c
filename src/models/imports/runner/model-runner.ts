import { Problem } from '../../../errors/problem.js';
import type { FeedValues } from '../engine.js';
import type { ForeignModel } from '../foreign-model.js';
import { goldenValues } from '../golden-values.js';
import { modelFileInvalid } from '../model-file-invalid.js';
import { RunnerProcess } from './runner-process.js';

/** Beyond this many waiting requests a caller is told to come back: their rows lie in memory. */
const MAX_WAITING = 64;
/** A process that nobody asks gives its memory back; the next request starts another. */
const IDLE_MS = 5 * 60_000;
/** Processors differ in how they round 32-bit sums: relative to the number where it is larger than 1. */
const GOLDEN_TOLERANCE = 1e-4;

export interface RunnerLimits {
  readonly memoryMb: number;
  /** For opening the model, and for each request, from its turn on. */
  readonly timeoutMs: number;
  /** Of a zip, unpacked. */
  readonly maxBytes: number;
}

interface Job {
  readonly nRows: number;
  readonly values: readonly FeedValues[];
  readonly resolve: (outputs: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs one imported model in a process of its own, which is started by the first request, again when it has ended, and
 * ended when nobody asks, or when the model is no longer wanted. Requests wait in line: the process answers one at a time.
 */
export class ModelRunner {
  readonly #queue: Job[] = [];
  #process: RunnerProcess | undefined;
  #isWorking = false;
  #isRetired = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string,
    private readonly model: ForeignModel,
    private readonly limits: RunnerLimits,
  ) {}

  /** Of the process, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * The model's numbers, row-major nRows * nOutputs; they may be NaN or infinite.
   * @throws Problem too_many_requests, not_ready when the process ended, process_timed_out, invalid_rows
   */
  run(nRows: number, values: readonly FeedValues[]): Promise<Float64Array> {
    if (this.#queue.length >= MAX_WAITING) {
      return Promise.reject(
        new Problem('too_many_requests', 'Too many requests wait for this model.', [], 1),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ nRows, values, resolve, reject });
      if (!this.#isWorking) void this.#work();
    });
  }

  /** Starts the process and lets the model give its golden rows again. @throws Problem model_file_invalid, … */
  async replay(): Promise<void> {
    const { seeds, outputs } = this.model.golden;
    const found = await this.run(seeds.length, goldenValues(this.model.inputs, seeds));
    const expected = outputs.flat();
    const isSame = (value: number, k: number) =>
      Math.abs(value - (found[k] as number)) <= GOLDEN_TOLERANCE * Math.max(1, Math.abs(value));
    if (found.length !== expected.length || !expected.every(isSame)) {
      throw modelFileInvalid('it gives other numbers here than when it was imported');
    }
  }

  /** Ends the process as soon as nothing waits for it. What still holds the model may go on asking. */
  retire(): void {
    this.#isRetired = true;
    if (!this.#isWorking) this.#endProcess();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    clearTimeout(this.#idleTimer);
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      try {
        const { nRows, values } = job;
        const answer = await (await this.#opened()).ask({ kind: 'run', nRows, values });
        if (answer.kind !== 'outputs') throw new Error('the runner gave another answer than was asked for');
        job.resolve(answer.outputs);
      } catch (error) {
        job.reject(error);
      }
    }
    this.#isWorking = false;
    if (this.#isRetired) this.#endProcess();
    else this.#idleTimer = setTimeout(() => this.#endProcess(), IDLE_MS).unref();
  }

  async #opened(): Promise<RunnerProcess> {
    if (this.#process !== undefined) return this.#process;
    const { memoryMb, timeoutMs, maxBytes } = this.limits;
    const started = new RunnerProcess(memoryMb, timeoutMs, () => {
      if (this.#process === started) this.#process = undefined;
    });
    this.#process = started;
    try {
      await started.ask({ kind: 'open', path: this.path, model: this.model, maxBytes });
      return started;
    } catch (error) {
      this.#endProcess();
      throw error;
    }
  }

  #endProcess(): void {
    clearTimeout(this.#idleTimer);
    this.#process?.end(new Problem('not_ready', 'The model is no longer loaded here.', [], 1));
    this.#process = undefined;
  }
}
