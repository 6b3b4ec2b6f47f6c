import type { BinnedMatrix } from './binned-matrix.js';
import type { GrownTree } from './grown-tree.js';
import type { TreeTensors } from './tree-tensors.js';

/**
 * Puts grown trees into one set of arrays. Equal leaf rows are kept once: most leaves of a classification forest
 * are pure or small fractions, so a handful of rows serves a million leaves and stays in the cache.
 * Importances are normalised by tree, averaged, and normalised again.
 * @param nClasses 0 for regression
 * @param checkpoint called before each tree with the share that is done; ends the work by throwing
 */
export function joinTrees(
  trees: readonly GrownTree[],
  binned: BinnedMatrix,
  nOutputs: number,
  nClasses: number,
  checkpoint: (fraction: number) => void,
): TreeTensors {
  let nNodes = 0;
  let nWords = 0;
  for (const tree of trees) {
    nNodes += tree.feature.length;
    nWords += tree.categoryBits.length;
  }
  const joined = {
    treeOffsets: new Uint32Array(trees.length + 1),
    feature: new Int32Array(nNodes),
    threshold: new Float64Array(nNodes),
    left: new Uint32Array(nNodes),
    flags: new Uint8Array(nNodes),
    categoryBits: new Uint32Array(nWords),
    nCategories: Uint32Array.from(binned.nCategories),
    featureImportances: new Float64Array(binned.nFeatures),
  };
  const leaves = new LeafTable(nOutputs, nClasses);
  let at = 0;
  let word = 0;
  trees.forEach((tree, t) => {
    checkpoint(t / trees.length);
    const length = tree.feature.length;
    joined.feature.set(tree.feature, at);
    joined.flags.set(tree.flags, at);
    joined.categoryBits.set(tree.categoryBits, word);
    for (let k = 0; k < length; k++) {
      const left = tree.left[k] as number;
      const isLeaf = tree.feature[k] === -1;
      if (isLeaf) joined.left[at + k] = leaves.rowOf(tree.values, left);
      else joined.left[at + k] = at + left;
      const isSet = ((tree.flags[k] as number) & 2) !== 0;
      joined.threshold[at + k] = (tree.threshold[k] as number) + (isSet ? word : 0);
    }
    addNormalized(joined.featureImportances, tree.importances);
    at += length;
    word += tree.categoryBits.length;
    joined.treeOffsets[t + 1] = at;
  });
  const mean = joined.featureImportances.slice();
  joined.featureImportances.fill(0);
  addNormalized(joined.featureImportances, mean);
  return { ...joined, leafValues: leaves.finish() };
}

function addNormalized(sums: Float64Array, parts: Float64Array): void {
  let total = 0;
  for (const part of parts) total += part;
  if (total > 0)
    for (let j = 0; j < sums.length; j++) sums[j] = (sums[j] as number) + (parts[j] as number) / total;
}

/** Distinct rows of leaf values, found again by an open-addressed hash table over their bits. */
class LeafTable {
  private values = new Float64Array(256);
  private nRows = 0;
  /** Row + 1, or 0 for an empty slot; the length is a power of two. */
  private slots = new Int32Array(1024);
  private readonly bits: Int32Array;
  private readonly probe: Float64Array;
  private readonly rowOfClass: Int32Array;

  constructor(
    private readonly nOutputs: number,
    private readonly nClasses: number,
  ) {
    this.probe = new Float64Array(nOutputs);
    this.bits = new Int32Array(this.probe.buffer);
    this.rowOfClass = new Int32Array(nClasses).fill(-1);
  }

  /** @param reference a leaf's `left` in a grown tree */
  rowOf(values: Float64Array, reference: number): number {
    const { nOutputs, nClasses, probe } = this;
    if (reference >= nClasses) {
      const at = (reference - nClasses) * nOutputs;
      for (let c = 0; c < nOutputs; c++) probe[c] = values[at + c] as number;
      return this.find();
    }
    let row = this.rowOfClass[reference] as number;
    if (row < 0) {
      probe.fill(0);
      probe[reference] = 1;
      row = this.find();
      this.rowOfClass[reference] = row;
    }
    return row;
  }

  finish(): Float64Array {
    return this.values.slice(0, this.nRows * this.nOutputs);
  }

  private find(): number {
    const { probe, nOutputs } = this;
    const mask = this.slots.length - 1;
    let slot = this.hash() & mask;
    for (;;) {
      const row = (this.slots[slot] as number) - 1;
      if (row < 0) break;
      let c = 0;
      while (c < nOutputs && Object.is(this.values[row * nOutputs + c], probe[c])) c++;
      if (c === nOutputs) return row;
      slot = (slot + 1) & mask;
    }
    const row = this.nRows++;
    this.slots[slot] = row + 1;
    if ((row + 1) * nOutputs > this.values.length) {
      const grown = new Float64Array(Math.max(this.values.length * 2, (row + 1) * nOutputs));
      grown.set(this.values);
      this.values = grown;
    }
    this.values.set(probe, row * nOutputs);
    if (this.nRows * 2 > this.slots.length) this.rehash();
    return row;
  }

  /** Of the probe's bits (FNV-1a by words, with a final mix, since doubles differ mostly in high bits). */
  private hash(): number {
    let hash = 0x811c9dc5;
    for (const word of this.bits) {
      hash = Math.imul(hash ^ word, 0x01000193);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash ^ (hash >>> 13), 0x5bd1e995) >>> 1;
  }

  private rehash(): void {
    const { nOutputs } = this;
    const mask = this.slots.length * 2 - 1;
    this.slots = new Int32Array(mask + 1);
    for (let row = 0; row < this.nRows; row++) {
      this.probe.set(this.values.subarray(row * nOutputs, (row + 1) * nOutputs));
      let slot = this.hash() & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = row + 1;
    }
  }
}
