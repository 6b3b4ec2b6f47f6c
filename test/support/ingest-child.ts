import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IngestInput } from '../../src/datasets/ingest/ingest-types.js';

const INGEST = new URL('../../dist/datasets/ingest/ingest.js', import.meta.url).href;
const READER = `
  import { ingest } from '${INGEST}';
  process.on('message', (input) => {
    ingest(input).then(
      () => process.send('table'),
      (error) => process.send(error.name === 'Problem' ? error.code : 'not a refusal: ' + error.stack),
    );
  });
  process.once('disconnect', () => process.exit());
  process.send('ready');`;

/** The reader of files in a process of its own that takes many files, and is made again when one of them ends it. */
export class IngestChild {
  #child: ChildProcess | undefined;
  #nStarted = 0;

  constructor(
    private readonly memoryMb: number,
    private readonly timeoutMs: number,
  ) {}

  /** How many processes there were: one more than those that had to be ended. */
  get nStarted(): number {
    return this.#nStarted;
  }

  /** `table`, the code of the refusal, `ended` where the process died or was given up, or what else went wrong. */
  async take(input: IngestInput): Promise<string> {
    const child = this.#child ?? (await this.#start());
    const limit = setTimeout(() => child.kill('SIGKILL'), this.timeoutMs);
    child.send(input);
    const answer = await new Promise<string | undefined>((resolve) => {
      child.once('message', (message) => resolve(String(message)));
      child.once('exit', () => resolve(undefined));
    });
    child.removeAllListeners();
    clearTimeout(limit);
    if (answer !== undefined) return answer;
    this.#child = undefined;
    return 'ended';
  }

  stop(): void {
    this.#child?.disconnect();
    this.#child = undefined;
  }

  async #start(): Promise<ChildProcess> {
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${this.memoryMb}`, '--input-type=module', '--eval', READER],
      { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    );
    await once(child, 'message');
    this.#child = child;
    this.#nStarted++;
    return child;
  }
}
