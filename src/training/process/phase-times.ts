/** Measures how long each phase takes: from its first word to the first word of the next. */
export class PhaseTimes {
  readonly #seconds = new Map<string, number>();
  #phase: string | undefined;
  #startedMs = 0;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  enter(phase: string): void {
    if (phase === this.#phase) return;
    this.#close();
    this.#phase = phase;
    this.#startedMs = this.nowMs();
  }

  /** Seconds by phase, the running one up to now. */
  toJson(): Record<string, number> {
    this.#close();
    return Object.fromEntries(this.#seconds);
  }

  #close(): void {
    const nowMs = this.nowMs();
    if (this.#phase !== undefined) {
      const before = this.#seconds.get(this.#phase) ?? 0;
      this.#seconds.set(this.#phase, before + (nowMs - this.#startedMs) / 1000);
    }
    this.#startedMs = nowMs;
  }
}
