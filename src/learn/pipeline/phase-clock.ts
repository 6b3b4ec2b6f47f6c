import { LearnError } from '../errors.js';

/** The phases of a training inside the core, in order. */
export const PIPELINE_PHASES = ['encoding', 'scaling', 'fitting', 'evaluating'] as const;
export type PipelinePhase = (typeof PIPELINE_PHASES)[number];

/** What a training may use beside its data. */
export interface Progress {
  onProgress(phase: PipelinePhase, fraction: number): void;
  /** Asked often: must be cheap. */
  isCanceled(): boolean;
  /** A monotonic clock in milliseconds; absent: the report has no times. The core has no clock of its own. */
  nowMs?(): number;
}

/** A smaller step of progress than this is not worth a message. */
const SMALLEST_STEP = 0.005;

/** Measures phases, passes progress on, and stops at a cancellation. */
export class PhaseClock {
  private readonly seconds = new Map<PipelinePhase, number | null>();
  private phase: PipelinePhase | null = null;
  private startedMs: number | null = null;
  private reported = 0;

  constructor(private readonly progress: Progress) {}

  /** Ends the running phase and starts the next. */
  start(phase: PipelinePhase): void {
    this.end();
    this.phase = phase;
    this.startedMs = this.progress.nowMs?.() ?? null;
    this.reported = 0;
    this.checkCanceled();
    this.progress.onProgress(phase, 0);
  }

  end(): void {
    if (this.phase === null) return;
    const nowMs = this.progress.nowMs?.() ?? null;
    const elapsed = nowMs === null || this.startedMs === null ? null : (nowMs - this.startedMs) / 1000;
    this.seconds.set(this.phase, elapsed);
    this.progress.onProgress(this.phase, 1);
    this.phase = null;
  }

  /**
   * @param fraction 0..1 of the running phase
   * @throws LearnError canceled
   */
  readonly checkpoint = (fraction: number): void => {
    this.checkCanceled();
    if (this.phase === null || fraction - this.reported < SMALLEST_STEP) return;
    this.reported = fraction;
    this.progress.onProgress(this.phase, fraction);
  };

  /** Seconds of each phase that has ended; null without a clock. */
  toReport(): Record<string, number | null> {
    return Object.fromEntries(this.seconds);
  }

  private checkCanceled(): void {
    if (this.progress.isCanceled()) throw new LearnError('canceled', 'The training was canceled.');
  }
}
