import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Feed } from './onnx-feeds.js';

export type Runtime = typeof import('onnxruntime-node');

/** Loads the runtime: some 60 ms and 40 MB, so only in processes that end soon, never in one that answers requests. */
export async function loadRuntime(): Promise<Runtime> {
  // A CommonJS package: its members may be found only on the default export.
  const module = (await import('onnxruntime-node')) as Runtime & { default?: Runtime };
  return module.default ?? module;
}

/** An opened model. Close it. */
export class OnnxSession {
  private constructor(
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
  ) {}

  static async open(runtime: Runtime, file: Uint8Array): Promise<OnnxSession> {
    const session = await runtime.InferenceSession.create(file, {
      // One thread: sums are then the same on every machine.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    return new OnnxSession(runtime, session);
  }

  /** One output of all rows, flat: doubles, 64-bit integers as numbers, or texts and booleans. */
  async run(feeds: readonly Feed[], output: string): Promise<(number | string | boolean)[]> {
    const tensors = Object.fromEntries(feeds.map((feed) => [feed.name, this.#toTensor(feed)]));
    const results = await this.session.run(tensors, [output]);
    const { data, type } = results[output] as Tensor;
    return Array.from(data as Iterable<number | bigint | string>, (value) => {
      if (type === 'bool') return value === 1;
      return typeof value === 'bigint' ? Number(value) : value;
    });
  }

  close(): Promise<void> {
    return this.session.release();
  }

  #toTensor(feed: Feed): Tensor {
    const { Tensor } = this.runtime;
    return 'numbers' in feed
      ? new Tensor('float64', feed.numbers, [feed.numbers.length, 1])
      : new Tensor('string', [...feed.texts], [feed.texts.length, 1]);
  }
}
