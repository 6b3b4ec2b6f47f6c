/**
 * Grows trees in WebAssembly, a call a tree (see wasm/assembly/trees-grow.ts). The threads load this module and little
 * else: a forest of a second has no time for more.
 */
import type { KernelControl, KernelReference } from '../../parallel/thread-pool.js';
import { openTreeKernels } from '../../wasm/tree-kernels.js';
import type { GrownTree } from './grown-tree.js';
import {
  claimPlace,
  configurePlace,
  placeAt,
  releasePlace,
  type TreeMemory,
  type TreeSettings,
} from './tree-places.js';
import { type TreeSeed, treeRandom } from './tree-sample.js';

/** What the threads get. */
export interface KernelGrowth extends TreeSeed {
  readonly memory: TreeMemory;
  readonly settings: TreeSettings;
  /** Rows drawn with replacement; null: every row once. */
  readonly nDraws: number | null;
  /** Share of the tree's weight that each side of a split keeps. */
  readonly minWeightShare: number;
}

/** Rows looked at between two checkpoints: about a millisecond. */
const ROWS_PER_CHECKPOINT = 300_000;

export const GROW_IN_KERNELS: KernelReference = { module: import.meta.url, name: 'growInKernels' };

/** Kernel: grows tree `piece`. */
export function growInKernels(input: KernelGrowth, piece: number, control: KernelControl): GrownTree {
  const { memory, settings, nDraws, minWeightShare } = input;
  const index = claimPlace(memory, () => control.checkpoint(0));
  try {
    const kernels = openTreeKernels(memory.memory);
    configurePlace(kernels, memory, index, settings);
    kernels.setRandom(...treeRandom(input, piece).state());
    if (nDraws !== null && memory.drawTable !== undefined) {
      kernels.drawRowsByWeight(nDraws, memory.drawTable.sums, memory.drawTable.guide);
    } else if (nDraws !== null) kernels.drawRows(nDraws);
    const nRows = kernels.beginTree(nDraws === null ? 0 : 1, minWeightShare);
    const { buffer } = memory.memory;
    const base = placeAt(memory, index);
    const nOutputs = Math.max(1, settings.nClasses);
    const chunks: Float64Array[] = [];
    const sets: Uint32Array[] = [];
    const takeValues = (): void => {
      const count = kernels.valuesWritten() * nOutputs;
      if (count > 0) chunks.push(new Float64Array(buffer, base + memory.place.values, count).slice());
      const nWords = kernels.setWordsWritten();
      if (nWords > 0) sets.push(new Uint32Array(buffer, base + memory.place.setWords, nWords).slice());
    };
    while (kernels.growTree(ROWS_PER_CHECKPOINT) !== 0) {
      takeValues();
      control.checkpoint(kernels.rowsDone() / nRows);
    }
    takeValues();
    const nNodes = kernels.nodesGrown();
    const { nodeFeature, nodeThreshold, nodeLeft, nodeFlags, importances } = memory.place;
    return {
      feature: new Int32Array(buffer, base + nodeFeature, nNodes).slice(),
      threshold: new Float64Array(buffer, base + nodeThreshold, nNodes).slice(),
      left: new Int32Array(buffer, base + nodeLeft, nNodes).slice(),
      flags: new Uint8Array(buffer, base + nodeFlags, nNodes).slice(),
      values: joined(chunks, Float64Array),
      categoryBits: joined(sets, Uint32Array),
      importances: new Float64Array(buffer, base + importances, settings.nFeatures).slice(),
      depth: kernels.depthGrown(),
      nLeaves: kernels.leavesGrown(),
    };
  } finally {
    releasePlace(memory, index);
  }
}

function joined<T extends Float64Array | Uint32Array>(
  chunks: readonly T[],
  kind: new (length: number) => T,
): T {
  if (chunks.length === 1) return chunks[0] as T;
  const whole = new kind(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
