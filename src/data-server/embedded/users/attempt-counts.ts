/** Attempts of one key within one window. */
export interface Attempts {
  count: number;
  readonly resetAtMs: number;
}

const MAX_KEYS = 50_000;

/** Counts by key, each over a window of its own that begins with the first attempt. Memory is bounded. */
export class AttemptCounts {
  readonly #attempts = new Map<string, Attempts>();

  constructor(private readonly windowMs: number) {}

  /** What is counted for the key in its current window; the caller raises and lowers it. */
  of(key: string): Attempts {
    const known = this.#attempts.get(key);
    if (known !== undefined && known.resetAtMs > performance.now()) return known;
    this.#attempts.delete(key);
    if (this.#attempts.size >= MAX_KEYS) {
      const oldest = this.#attempts.keys().next();
      if (!oldest.done) this.#attempts.delete(oldest.value);
    }
    const fresh = { count: 0, resetAtMs: performance.now() + this.windowMs };
    this.#attempts.set(key, fresh);
    return fresh;
  }
}
