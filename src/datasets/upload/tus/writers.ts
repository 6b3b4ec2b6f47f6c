/** One writer a file: a new one ends the old one, whose connection is often dead without anybody having noticed. */
export class Writers {
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<unknown> }>();

  async run<Result>(id: string, write: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    // Others may have come in between while this one waited.
    while (this.#running.has(id)) await this.end(id);
    const abort = new AbortController();
    const done = write(abort.signal);
    this.#running.set(id, { abort, done });
    try {
      return await done;
    } finally {
      this.#running.delete(id);
    }
  }

  /** Resolves when nobody writes any more. */
  async end(id: string): Promise<void> {
    const running = this.#running.get(id);
    running?.abort.abort();
    await running?.done.catch(() => undefined);
    // Its own clean-up comes a moment after its end.
    await Promise.resolve();
  }
}
