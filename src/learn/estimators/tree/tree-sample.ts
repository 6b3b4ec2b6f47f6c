import { Random } from '../../random.js';

/** Whose generators the trees of a forest fork. */
export interface TreeSeed {
  readonly seed: number;
  readonly stream: number;
}

/** The generator of one tree; its first numbers draw the rows. */
export function treeRandom({ seed, stream }: TreeSeed, tree: number): Random {
  return new Random(seed, stream).fork(tree + 1);
}

/** n / (classes that occur * rows of the class), by code; 0 for a class that does not occur. */
export function balancedWeights(codes: Int32Array, nClasses: number, counts?: Uint16Array): Float64Array {
  const inClass = new Float64Array(nClasses);
  let n = 0;
  for (let i = 0; i < codes.length; i++) {
    const count = counts === undefined ? 1 : (counts[i] as number);
    inClass[codes[i] as number] = (inClass[codes[i] as number] as number) + count;
    n += count;
  }
  const nPresent = inClass.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  return inClass.map((count) => (count > 0 ? n / (nPresent * count) : 0));
}
