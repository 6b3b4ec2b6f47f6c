import { createPublicKey } from 'node:crypto';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { Problem } from '../../errors/problem.js';
import type { ProcessFailure } from '../../processes/messages.js';
import type { BundleLimits } from './bundle-format.js';
import { openBundle } from './open-bundle.js';
import type { BundleFiles } from './read-bundle.js';

/**
 * Opens bundles on a thread: unpacking, digests and golden rows take longer than an event loop that answers requests can
 * spare, and a hostile bundle may take for ever. What comes back was checked in full; only building the pipeline from
 * its tensors, which are handed over without a copy, is left to the receiver.
 */
export interface OpenBundleTask {
  readonly path: string;
  readonly limits: BundleLimits;
  /** PEM; undefined: whoever signed. */
  readonly trustedKeys?: readonly string[] | undefined;
}
export type OpenBundleResult = { readonly files: BundleFiles } | { readonly failure: ProcessFailure };

export default async function open({ path, limits, trustedKeys }: OpenBundleTask): Promise<unknown> {
  try {
    const keys = trustedKeys?.map((pem) => createPublicKey(pem));
    const { pipeline: _, ...files } = await openBundle(path, { limits, trustedKeys: keys });
    return handOver({ files });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, detail } = error;
    return { failure: { code, detail } } satisfies OpenBundleResult;
  }
}

/** Tensors are views of the one buffer that was read, or of a copy where the file was not aligned. */
function handOver(result: { files: BundleFiles }): unknown {
  const buffers = new Set(Object.values(result.files.parts.tensors).map(({ data }) => data.buffer));
  return move({ [transferableSymbol]: [...buffers], [valueSymbol]: result });
}
