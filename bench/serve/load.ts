import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadFigures, LoadOrder } from './load-order.js';
import type { Order } from './load-process.js';
import type { OneAtATimeFigures, OneAtATimeOrder } from './one-at-a-time.js';
import type { PacedFigures, PacedOrder } from './paced-load.js';

export type { LoadFigures, LoadOrder } from './load-order.js';
export type { Answers, PacedFigures, PacedOrder } from './paced-load.js';

/** The process that asks. */
export class LoadSource {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('./load-process.js', import.meta.url)));

  /** Over connections each of which asks again when it was answered. */
  async run(order: LoadOrder): Promise<LoadFigures> {
    return (await this.#order(order)) as LoadFigures;
  }

  /** At a pace of its own. */
  async runPaced(paced: PacedOrder): Promise<PacedFigures> {
    return (await this.#order({ paced })) as PacedFigures;
  }

  /** Over one connection, cheaper on this side for large replies. */
  async runOneAtATime(oneAtATime: OneAtATimeOrder): Promise<OneAtATimeFigures> {
    return (await this.#order({ oneAtATime })) as OneAtATimeFigures;
  }

  stop(): void {
    this.#child.disconnect();
  }

  async #order(order: Order): Promise<unknown> {
    const figures = once(this.#child, 'message');
    this.#child.send(order);
    return (await figures)[0] as unknown;
  }
}
