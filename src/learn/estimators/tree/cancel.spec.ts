import { describe, expect, it } from 'vitest';
import { LearnError } from '../../errors.js';
import type { Bins } from '../../matrix/number-types.js';
import { createThreadPool } from '../../parallel/create-thread-pool.js';
import { Random } from '../../random.js';
import { codeMatrix } from './coded-matrix.js';
import type { GrowOptions } from './grow-options.js';
import { TreeGrower } from './grow-tree.js';
import { MeanSplitSearch } from './mean-split-search.js';
import { classes, dataOf, randomRows } from './testing/fit-helpers.js';

const N_ROWS = 60_000;
const N_FEATURES = 12;

/** How many rows a tree reads between two looks at the cancel flag; `stopAt`: the look that says stop. */
async function readsBetweenLooks(options: GrowOptions, stopAt: number): Promise<number[]> {
  const random = new Random(3);
  const rows = randomRows(random, N_ROWS, N_FEATURES, 1_000);
  const data = dataOf(rows, classes([0], 1));
  const context = { random, threads: createThreadPool({ size: 1 }), checkpoint: () => {} };
  const binned = await codeMatrix(data.x, context, () => {});
  const targets = Float64Array.from(rows, (row) => (row[0] as number) + random.next());
  const all = Uint32Array.from(rows.keys());
  const weights = new Float64Array(N_ROWS).fill(1);
  const reads = [0];
  const note = (n: number): void => {
    reads[reads.length - 1] = (reads[reads.length - 1] as number) + n;
  };
  class CountingSearch extends MeanSplitSearch {
    override openNode(start: number, end: number): void {
      note(end - start);
      super.openNode(start, end);
    }
    override search(feature: number): boolean {
      note(this.end - this.start);
      return super.search(feature);
    }
    override moveRows(bins: Bins, base: number, side: Uint8Array, start: number, end: number): number {
      note(end - start);
      return super.moveRows(bins, base, side, start, end);
    }
  }
  const checkpoint = (): void => {
    if (reads.length === stopAt) throw new LearnError('canceled', 'The job was canceled.');
    reads.push(0);
  };
  const search = new CountingSearch(binned, options, random, all, targets, 0, weights);
  const grower = new TreeGrower(binned, options, search, 0, random, { checkpoint });
  if (stopAt < Number.POSITIVE_INFINITY) expect(() => grower.grow()).toThrow('canceled');
  else grower.grow();
  return reads;
}

const DEEP: GrowOptions = {
  criterion: 'squared_error',
  splitter: 'best',
  maxDepth: 2_147_483_647,
  minSamplesSplit: 2,
  minSamplesLeaf: 1,
  minWeightFractionLeaf: 0,
  maxLeafNodes: 0,
  maxFeatures: N_FEATURES,
  minImpurityDecrease: 0,
  ccpAlpha: 0,
};

describe.each([
  ['depth first', DEEP],
  ['best first', { ...DEEP, maxLeafNodes: 2_000 }],
])('one large tree, %s', (_, options) => {
  it('looks at the cancel flag after a few passes over its rows, never a whole node of all features', async () => {
    const reads = await readsBetweenLooks(options, Number.POSITIVE_INFINITY);
    expect(reads.length).toBeGreaterThan(50);
    // The largest step: the last feature of the root, its division, and the opening of the next node.
    expect(Math.max(...reads)).toBeLessThanOrEqual(3 * N_ROWS + 50_000);
  });

  it('reads no further row once the flag is raised', async () => {
    const reads = await readsBetweenLooks(options, 20);
    expect(reads).toHaveLength(20);
  });
});
