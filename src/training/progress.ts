import { TRAINING_PHASES, type TrainingPhase } from './training-spec.js';

/** The share of the whole that each phase takes, measured on forests of some 100,000 rows; only smoothness depends on it. */
const SHARES: Readonly<Record<TrainingPhase, number>> = {
  loading: 0.1,
  encoding: 0.1,
  scaling: 0.02,
  fitting: 0.63,
  evaluating: 0.1,
  bundling: 0.05,
};

const MIN_INTERVAL_MS = 250;

/** One step that is worth telling. */
export interface ProgressStep {
  readonly phase: TrainingPhase;
  /** 0..1 over the whole; never less than before. */
  readonly progress: number;
}

/**
 * Turns what a training process says of its phase into progress over the whole: monotone, and at most four steps a
 * second but for the beginning of a phase.
 */
export class ProgressTracker {
  #phaseIndex = 0;
  #progress = 0;
  #toldPhaseIndex = -1;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a clock that does not go back */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** How far the whole is, told or not. */
  get progress(): number {
    return this.#progress;
  }

  get phase(): TrainingPhase {
    return TRAINING_PHASES[this.#phaseIndex]!;
  }

  /**
   * @param fraction 0..1 within the phase
   * @returns the step, or undefined when it is too early for another one or the phase is unknown
   */
  report(phase: string, fraction: number): ProgressStep | undefined {
    const index = TRAINING_PHASES.indexOf(phase as TrainingPhase);
    if (index < this.#phaseIndex || !Number.isFinite(fraction)) return undefined;
    this.#phaseIndex = index;
    let before = 0;
    for (const earlier of TRAINING_PHASES.slice(0, index)) before += SHARES[earlier];
    const within = SHARES[this.phase] * Math.min(1, Math.max(0, fraction));
    this.#progress = Math.min(1, Math.max(this.#progress, before + within));
    const now = this.nowMs();
    if (index === this.#toldPhaseIndex && now - this.#toldAtMs < MIN_INTERVAL_MS) return undefined;
    this.#toldPhaseIndex = index;
    this.#toldAtMs = now;
    return { phase: this.phase, progress: this.#progress };
  }
}
