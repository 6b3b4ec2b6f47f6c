import type { KeyObject } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { Settings } from '../config/settings-type.js';
import { Problem } from '../errors/problem.js';
import type { OpenBundleResult, OpenBundleTask } from './bundle/bundle.worker.js';
import { DEFAULT_BUNDLE_LIMITS } from './bundle/bundle-format.js';
import type { BundleFiles } from './bundle/read-bundle.js';

const IDLE_MS = 10_000;
/** Reading 2 GB takes some ten seconds; what takes longer than this was made to. */
const TIMEOUT_MS = 120_000;
/** Of JavaScript's own heap: JSON of 256 MB needs some four times as much. Tensors lie outside of it. */
const THREAD_HEAP_MB = 1536;

/** Opens bundles on threads, away from the event loop. Imports wait in a queue of their own, which cannot hold up loads. */
@Injectable()
export class BundleOpener implements OnModuleDestroy {
  readonly #loads = createPool(2);
  readonly #imports = createPool(1);

  constructor(private readonly settings: Settings) {}

  /** A bundle out of our own store, whose signature was checked when it came in. @throws Problem bundle_invalid */
  load(path: string): Promise<BundleFiles> {
    return this.#open(this.#loads, { path, limits: this.#limits() });
  }

  /** A bundle from outside. @throws Problem bundle_invalid */
  verify(path: string, trustedKeys: readonly KeyObject[]): Promise<BundleFiles> {
    const pems = trustedKeys.map((key) => key.export({ type: 'spki', format: 'pem' }).toString());
    return this.#open(this.#imports, { path, limits: this.#limits(), trustedKeys: pems });
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.#loads.destroy(), this.#imports.destroy()]);
  }

  #limits(): OpenBundleTask['limits'] {
    return { ...DEFAULT_BUNDLE_LIMITS, maxTotalBytes: this.settings.bundleMaxBytes };
  }

  async #open(pool: Piscina, task: OpenBundleTask): Promise<BundleFiles> {
    let result: OpenBundleResult;
    try {
      result = await pool.run(task, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      throw asRefusal(error);
    }
    if ('failure' in result) throw new Problem(result.failure.code, result.failure.detail);
    return result.files;
  }
}

function createPool(maxThreads: number): Piscina {
  return new Piscina({
    filename: new URL('./bundle/bundle.worker.js', import.meta.url.replace('/src/', '/dist/')).href,
    minThreads: 0,
    maxThreads,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
  });
}

/** The thread was ended because the bundle needed too much time or memory. */
function asRefusal(error: unknown): unknown {
  const { name, code } = error as { name?: string; code?: string };
  if (name !== 'AbortError' && name !== 'TimeoutError' && code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new Problem('bundle_invalid', 'The bundle is refused: it takes too much time or memory to open.');
}
