/**
 * Seeded random numbers: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, passes BigCrush, and all of it in 32-bit
 * integer arithmetic, so every engine gives the same sequence. A generator is passed in, never global; work
 * that is split over threads gives each piece its own generator by `fork(index)`, so that the result does not
 * depend on which thread took it.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param seed any integer, 0 <= seed <= 2^53 - 1. @param stream separates generators of equal seed. */
  constructor(
    readonly seed: number,
    readonly stream = 0,
  ) {
    this.a = seed >>> 0;
    this.b = Math.floor(seed / 4294967296) >>> 0;
    this.c = stream >>> 0;
    // 15 rounds let every bit of the seed reach every bit of the state (recommendation of PractRand).
    for (let round = 0; round < 15; round++) this.nextUint32();
  }

  /** The next 32 random bits, 0 <= x < 2^32. */
  nextUint32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + sum) | 0;
    return sum >>> 0;
  }

  /** All of its state, for a kernel that goes on from here with the same numbers. */
  state(): readonly [a: number, b: number, c: number, counter: number] {
    return [this.a, this.b, this.c, this.counter];
  }

  /** Uniform in [0, 1), 53 random bits. */
  next(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform integer in [0, bound), without modulo bias. 1 <= bound <= 2^32. */
  below(bound: number): number {
    const limit = 4294967296 - (4294967296 % bound);
    let bits = this.nextUint32();
    while (bits >= limit) bits = this.nextUint32();
    return bits % bound;
  }

  /** Standard normal (Marsaglia's polar method). */
  normal(): number {
    let u: number;
    let square: number;
    do {
      u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      square = u * u + v * v;
    } while (square >= 1 || square === 0);
    return u * Math.sqrt((-2 * Math.log(square)) / square);
  }

  /** Shuffles `items` in place (Fisher and Yates). */
  shuffle(items: Uint32Array | Int32Array | number[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i] as number;
      items[i] = items[j] as number;
      items[j] = kept;
    }
  }

  /** An independent generator for piece `index` of the work; it does not advance this one. */
  fork(index: number): Random {
    return new Random(this.seed, (Math.imul(this.stream + 1, 0x9e3779b1) + index + 1) >>> 0);
  }
}
