import type { GainSplit } from './gain-search.js';

/** Numbers of a posted split: ten, then the words of its two sets of bins. */
const RECORD = 26;
/** Two nodes a step; two sets of records, so that a fast thread does not overwrite what a slow one still reads. */
const SLOTS = 2;

/** Shared memory in which threads show each other the best split of their features. */
export class SplitExchange {
  private turnOffset = 0;

  constructor(
    private readonly memory: Float64Array,
    private readonly parties: number,
  ) {}

  static create(parties: number): Float64Array {
    return new Float64Array(new SharedArrayBuffer(2 * SLOTS * parties * RECORD * 8));
  }

  post(party: number, slot: number, split: GainSplit): void {
    const { memory } = this;
    const at = this.recordAt(party, slot);
    memory[at] = split.feature;
    memory[at + 1] = split.gain;
    memory[at + 2] = split.isCategorical ? 1 : 0;
    memory[at + 3] = split.threshold;
    memory[at + 4] = split.sawMissing ? 1 : 0;
    memory[at + 5] = split.missingGoesRight ? 1 : 0;
    memory[at + 6] = split.lastLeftBin;
    memory[at + 7] = split.leftGradient;
    memory[at + 8] = split.leftHessian;
    memory[at + 9] = split.leftCount;
    memory.set(split.presentBins, at + 10);
    memory.set(split.leftBins, at + 18);
  }

  /** The posted split of the largest gain; of equal ones that of the lowest feature. OUT split. */
  takeBest(slot: number, split: GainSplit): void {
    const { memory } = this;
    let best = -1;
    for (let party = 0; party < this.parties; party++) {
      const at = this.recordAt(party, slot);
      if ((memory[at] as number) < 0) continue;
      if (best < 0 || this.isBetter(at, best)) best = at;
    }
    if (best < 0) {
      split.clear();
      return;
    }
    split.feature = memory[best] as number;
    split.gain = memory[best + 1] as number;
    split.isCategorical = memory[best + 2] === 1;
    split.threshold = memory[best + 3] as number;
    split.sawMissing = memory[best + 4] === 1;
    split.missingGoesRight = memory[best + 5] === 1;
    split.lastLeftBin = memory[best + 6] as number;
    split.leftGradient = memory[best + 7] as number;
    split.leftHessian = memory[best + 8] as number;
    split.leftCount = memory[best + 9] as number;
    split.presentBins.set(memory.subarray(best + 10, best + 18));
    split.leftBins.set(memory.subarray(best + 18, best + 26));
  }

  /** After every step. */
  turn(): void {
    this.turnOffset = this.turnOffset === 0 ? SLOTS * this.parties * RECORD : 0;
  }

  private isBetter(at: number, than: number): boolean {
    const gain = this.memory[at + 1] as number;
    const other = this.memory[than + 1] as number;
    return gain > other || (gain === other && (this.memory[at] as number) < (this.memory[than] as number));
  }

  private recordAt(party: number, slot: number): number {
    return this.turnOffset + (slot * this.parties + party) * RECORD;
  }
}
