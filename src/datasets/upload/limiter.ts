/** Lets so many pieces of work run at once; the others wait in the order they came. */
export class Limiter {
  #nFree: number;
  readonly #waiting: (() => void)[] = [];

  constructor(nAtOnce: number) {
    this.#nFree = nAtOnce;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#nFree > 0) this.#nFree--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place is handed on without becoming free in between, so that nobody overtakes.
      const next = this.#waiting.shift();
      if (next === undefined) this.#nFree++;
      else next();
    }
  }
}
