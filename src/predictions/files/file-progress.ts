/** How much of the time each phase takes, roughly: what reading reports, then what predicting does. */
const PHASES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  scanning: [0, 0.02],
  writing: [0.02, 0.2],
  profiling: [0.2, 0.25],
  predicting: [0.25, 0.9],
  joining: [0.9, 0.95],
};
const MIN_INTERVAL_MS = 250;
/** Before this much was done, and this much time was taken, an estimate would be a guess. */
const MIN_PROGRESS = 0.02;
const MIN_ELAPSED_MS = 1_000;

/** Turns the words of the processes into one number that never goes back, and estimates the rest from it. */
export class FileProgress {
  #progress = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  readonly #startedAtMs: number;

  constructor(
    private readonly tell: (progress: number, etaSeconds: number | null) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#startedAtMs = nowMs();
  }

  /** @param fraction 0..1 within the phase */
  report(phase: string, fraction: number): void {
    const [from, to] = PHASES[phase] ?? [this.#progress, this.#progress];
    this.#progress = Math.max(this.#progress, from + (to - from) * Math.min(1, Math.max(0, fraction)));
    const now = this.nowMs();
    if (now - this.#toldAtMs < MIN_INTERVAL_MS) return;
    this.#toldAtMs = now;
    const elapsedMs = now - this.#startedAtMs;
    const isGuess = this.#progress < MIN_PROGRESS || elapsedMs < MIN_ELAPSED_MS;
    const restMs = (elapsedMs * (1 - this.#progress)) / this.#progress;
    this.tell(this.#progress, isGuess ? null : Math.round(restMs / 100) / 10);
  }
}
