import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadFigures, LoadOrder } from './load-process.js';

export type { LoadFigures, LoadOrder } from './load-process.js';

/** The process that asks. */
export class LoadSource {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('./load-process.js', import.meta.url)));

  async run(order: LoadOrder): Promise<LoadFigures> {
    const figures = once(this.#child, 'message');
    this.#child.send(order);
    return ((await figures) as [LoadFigures])[0];
  }

  stop(): void {
    this.#child.disconnect();
  }
}
