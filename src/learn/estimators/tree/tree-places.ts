import type { SharedWasmMemory } from '../../wasm/boosting-kernels.js';
import { type TreeJob, type TreeKernels, writeTreeJob } from '../../wasm/tree-kernels.js';

/** The memory that threads share with the kernels: see tree-memory.ts for what lies in it. */
export interface TreeMemory {
  readonly memory: SharedWasmMemory;
  readonly nPlaces: number;
  readonly firstPlace: number;
  /** Columns, and what belongs to a row of the training set. */
  readonly columns: number;
  readonly payloads: number;
  readonly rowTargets: number;
  /** Their weights of any size; 0: they have none, or each place has its own. */
  readonly rowWeights: number;
  readonly weighsTrees: boolean;
  /** The ranks of their targets; 0: nobody asks. */
  readonly rowRanks: number;
  /** x ln x of whole numbers. */
  readonly logs: number;
  /** Where the table of weighted draws is; absent: rows are equally likely. */
  readonly drawTable?: { readonly sums: number; readonly guide: number };
  readonly place: PlaceLayout;
}

/** Offsets within a place. */
export interface PlaceLayout {
  readonly job: number;
  readonly out: number;
  readonly elements: number;
  readonly targets: number;
  readonly keys: number;
  readonly spare: number;
  readonly digits: number;
  readonly histogram: number;
  readonly rowCells: number;
  readonly occupied: number;
  readonly order: number;
  readonly totals: number;
  readonly totals16: number;
  readonly lefts: number;
  readonly counts: number;
  readonly features: number;
  readonly constantSince: number;
  readonly constants: number;
  readonly stack: number;
  readonly nodeFeature: number;
  readonly nodeThreshold: number;
  readonly nodeLeft: number;
  readonly nodeFlags: number;
  readonly importances: number;
  readonly values: number;
  readonly ranks: number;
  readonly sets: number;
  readonly setWords: number;
  readonly axes: number;
  readonly rowWeights: number;
  readonly medians: number;
  readonly block: number;
  readonly blockRows: number;
  readonly histogramBytes: number;
  readonly maxValues: number;
  readonly maxSetWords: number;
  readonly nBytes: number;
}

/** What a tree's job says beside the places. */
export type TreeSettings = Pick<
  TreeJob,
  | 'minDecrease'
  | 'center'
  | 'scaleZero'
  | 'scaleOne'
  | 'mode'
  | 'isEntropy'
  | 'isPoisson'
  | 'isMedian'
  | 'isRandom'
  | 'balances'
  | 'nClasses'
  | 'minRows'
  | 'minSplit'
  | 'maxDepth'
  | 'nFeatures'
  | 'maxFeatures'
  | 'nSamples'
>;

/** How often a thread that waits for a place looks whether it shall go on waiting. */
const POLL_MS = 20;

/** Where a place begins. */
export function placeAt({ firstPlace, place }: TreeMemory, index: number): number {
  return firstPlace + index * place.nBytes;
}

/** Makes a place the one that this thread's kernels work in. */
export function configurePlace(
  kernels: TreeKernels,
  memory: TreeMemory,
  index: number,
  settings: TreeSettings,
): void {
  const base = placeAt(memory, index);
  const { place } = memory;
  const at = (offset: number): number => base + offset;
  writeTreeJob(memory.memory, at(place.job), {
    ...settings,
    minWeight: 0,
    maxValues: place.maxValues,
    maxSetWords: place.maxSetWords,
    histogramBytes: place.histogramBytes,
    payloads: memory.payloads,
    rowTargets: memory.rowTargets,
    columns: memory.columns,
    elements: at(place.elements),
    targets: at(place.targets),
    keys: at(place.keys),
    spare: at(place.spare),
    digits: at(place.digits),
    histogram: at(place.histogram),
    rowCells: at(place.rowCells),
    occupied: at(place.occupied),
    order: at(place.order),
    totals: at(place.totals),
    totals16: at(place.totals16),
    lefts: at(place.lefts),
    counts: at(place.counts),
    features: at(place.features),
    constantSince: at(place.constantSince),
    constants: at(place.constants),
    stack: at(place.stack),
    nodeFeature: at(place.nodeFeature),
    nodeThreshold: at(place.nodeThreshold),
    nodeLeft: at(place.nodeLeft),
    nodeFlags: at(place.nodeFlags),
    importances: at(place.importances),
    values: at(place.values),
    ranks: at(place.ranks),
    sets: at(place.sets),
    setWords: at(place.setWords),
    axes: at(place.axes),
    block: at(place.block),
    blockRows: place.blockRows,
    logs: memory.logs,
    medians: at(place.medians),
    rowRanks: memory.rowRanks,
    rowWeights: memory.weighsTrees ? at(place.rowWeights) : memory.rowWeights,
  });
  kernels.configure(at(place.job));
}

/** Takes a free place, waiting for one where there are fewer than threads. @returns its number */
export function claimPlace({ memory, nPlaces }: TreeMemory, poll: () => void): number {
  const claims = new Int32Array(memory.buffer, 0, nPlaces);
  for (;;) {
    for (let place = 0; place < nPlaces; place++) {
      if (Atomics.compareExchange(claims, place, 0, 1) === 0) return place;
    }
    poll();
    Atomics.wait(claims, 0, 1, POLL_MS);
  }
}

export function releasePlace({ memory, nPlaces }: TreeMemory, place: number): void {
  const claims = new Int32Array(memory.buffer, 0, nPlaces);
  Atomics.store(claims, place, 0);
  Atomics.notify(claims, 0);
}
