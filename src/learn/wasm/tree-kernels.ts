/**
 * Growing trees in WebAssembly (see ./assembly/trees.ts), over one memory that the threads of a training share. Places
 * are byte offsets; whoever makes the memory lays it out.
 */
import { TREE_KERNELS_BASE64 } from './trees-binary.js';
import { compileKernels, type SharedWasmMemory, startKernels } from './web-assembly.js';

/** What the kernels tell apart. */
export const TREE_KERNEL_MODES = { twoClasses: 0, classes: 1, numbers: 2, weightedClasses: 3 } as const;

/** What `search` answers. */
export const IS_CONSTANT = 0;
export const FOUND_BETTER = 2;

/** The real numbers of a job, in the order of its record. */
const REALS = ['minWeight', 'minDecrease', 'center', 'scaleZero', 'scaleOne'] as const;
const REAL_BYTES = 48;
/** Its whole numbers and places, behind those. */
const WORDS = [
  'mode',
  'nClasses',
  'minRows',
  'minSplit',
  'maxDepth',
  'nFeatures',
  'maxFeatures',
  'nSamples',
  'maxValues',
  'histogramBytes',
  'payloads',
  'rowTargets',
  'columns',
  'elements',
  'targets',
  'keys',
  'spare',
  'digits',
  'histogram',
  'rowCells',
  'occupied',
  'order',
  'totals',
  'totals16',
  'lefts',
  'counts',
  'features',
  'constantSince',
  'constants',
  'stack',
  'nodeFeature',
  'nodeThreshold',
  'nodeLeft',
  'nodeFlags',
  'importances',
  'values',
  'ranks',
  'sets',
  'setWords',
  'maxSetWords',
  'axes',
  'isEntropy',
  'logs',
  'isRandom',
  'balances',
  'rowWeights',
  'isPoisson',
  'isMedian',
  'rowRanks',
  'medians',
  'block',
  'blockRows',
] as const;

/** The bytes of a job's record. */
export const TREE_JOB_BYTES = 256;
/** The bytes of a column's record. */
export const TREE_COLUMN_BYTES = 32;

/** What ./assembly/trees-state.ts says of each. */
export type TreeJob = Readonly<Record<(typeof REALS)[number] | (typeof WORDS)[number], number>>;

export function writeTreeJob({ buffer }: SharedWasmMemory, at: number, job: TreeJob): void {
  const reals = new Float64Array(buffer, at, REALS.length);
  const words = new Uint32Array(buffer, at + REAL_BYTES, WORDS.length);
  REALS.forEach((name, k) => {
    reals[k] = job[name];
  });
  WORDS.forEach((name, k) => {
    words[k] = job[name];
  });
}

export interface TreeKernels {
  configure(job: number): void;
  setRandom(a: number, b: number, c: number, counter: number): void;
  drawRows(nDraws: number): void;
  drawRowsByWeight(nDraws: number, sums: number, guide: number): void;
  beginTree(isDrawn: number, minWeightShare: number): number;
  growTree(budget: number): number;
  nodesGrown(): number;
  leavesGrown(): number;
  depthGrown(): number;
  valuesWritten(): number;
  setWordsWritten(): number;
  rowsDone(): number;
  openNode(from: number, to: number, out: number): void;
  search(feature: number, out: number): number;
  divide(feature: number, from: number, to: number, cut: number, missingRight: number): number;
  pureClass(): number;
  writeValue(out: number): void;
}

let module: object | undefined;

/** Calls of one instance get faster after the first thousand, so the trees of a training share it. */
const opened = new WeakMap<SharedWasmMemory, TreeKernels>();

/** This thread's kernels over this memory, for one tree at a time. */
export function openTreeKernels(memory: SharedWasmMemory): TreeKernels {
  let kernels = opened.get(memory);
  if (kernels === undefined) {
    module ??= compileKernels(TREE_KERNELS_BASE64);
    kernels = startKernels<TreeKernels>(module, memory);
    opened.set(memory, kernels);
  }
  return kernels;
}
