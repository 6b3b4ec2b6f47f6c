import type { BoostingKernels } from '../../wasm/boosting-kernels.js';
import type { BoostMemory, ThreadPlaces } from './boost-memory.js';
import type { Units } from './gain-search.js';

/** Bins counted between two looks at the cancel flag: a few milliseconds. */
const ADDITIONS_PER_POLL = 4_194_304;

/**
 * The histograms of a tree's open nodes, seen by one thread of its team. A team of one counts straight into a slot.
 * In a larger one each thread counts its own rows, and after all have, each adds up its part of the cells.
 * All threads of a team take and free slots in the same order and so mean the same ones.
 */
export class NodeHistograms {
  private readonly free: number[] = [];
  private readonly histogramBytes: number;
  private readonly rowsPerPoll: number;
  private readonly partFrom: number;
  private readonly partBytes: number;

  /** @param from the first feature whose cells this thread adds up. @param to the one after the last */
  constructor(
    private readonly memory: BoostMemory,
    private readonly kernels: BoostingKernels,
    private readonly places: ThreadPlaces,
    private readonly teamSize: number,
    private readonly nFeatures: number,
    from: number,
    to: number,
    private readonly poll: () => void,
  ) {
    const { cellOffsets, nSlots } = memory;
    this.histogramBytes = cellOffsets[nFeatures] as number;
    this.partFrom = cellOffsets[from] as number;
    this.partBytes = (cellOffsets[to] as number) - this.partFrom;
    this.rowsPerPoll = Math.max(1024, Math.floor(ADDITIONS_PER_POLL / nFeatures));
    for (let slot = nSlots - 1; slot >= 0; slot--) this.free.push(slot);
  }

  /** A free slot, or the scratch of `which` (0 or 1) when there is none. */
  take(which: number): number {
    return this.free.pop() ?? this.memory.nSlots + which;
  }

  /** @returns whether the slot is one that keeps its histogram after the step */
  keeps(slot: number): boolean {
    return slot < this.memory.nSlots;
  }

  release(slot: number): void {
    if (this.keeps(slot)) this.free.push(slot);
  }

  placeOf(slot: number): number {
    return this.places.slots + slot * this.histogramBytes;
  }

  /**
   * Counts this thread's rows of a node: `n` of them from place `rows` on. In a larger team all threads meet before
   * `merge` is called.
   * @param which 0 or 1: of the two histograms of its own
   */
  count(slot: number, which: number, pairs: number, units: Units, rows: number, n: number): void {
    const { kernels, memory, nFeatures, rowsPerPoll, places } = this;
    const histogram = this.teamSize === 1 ? this.placeOf(slot) : this.ownPlace(which);
    kernels.clear(histogram, this.histogramBytes);
    for (let first = 0; first < n; first += rowsPerPoll) {
      this.poll();
      const count = Math.min(rowsPerPoll, n - first);
      kernels.addRows(
        histogram,
        memory.offsets,
        nFeatures,
        memory.bins,
        pairs,
        rows + first * 4,
        count,
        places.integers,
        1 / units.gradient,
        1 / units.hessian,
        units.countShift,
      );
    }
  }

  /** OUT the thread's part of the slot: the sum of what all threads counted into their histogram `which`. */
  merge(slot: number, which: number): void {
    if (this.teamSize === 1) return;
    this.kernels.mergeCells(
      this.placeOf(slot) + this.partFrom,
      this.memory.locals + which * this.histogramBytes + this.partFrom,
      2 * this.histogramBytes,
      this.teamSize,
      this.partBytes,
    );
  }

  /** The thread's part of the parent's slot becomes the larger child's. */
  subtract(parent: number, child: number): void {
    const { partFrom } = this;
    this.kernels.subtractCells(
      this.placeOf(parent) + partFrom,
      this.placeOf(child) + partFrom,
      this.partBytes,
    );
  }

  /** OUT the thread's record: gradient, hessian, count of the node that was counted last into `which` and `slot`. */
  sum(slot: number, which: number, units: Units): void {
    const isAlone = this.teamSize === 1;
    this.kernels.sumCells(
      isAlone ? this.placeOf(slot) : this.memory.locals + which * this.histogramBytes,
      2 * this.histogramBytes,
      this.teamSize,
      this.memory.cellOffsets[1] as number,
      units.countShift,
      units.gradient,
      units.hessian,
      this.places.out,
    );
  }

  private ownPlace(which: number): number {
    return this.places.local + which * this.histogramBytes;
  }
}
