/**
 * An ensemble of small trees as tables, for the kernels that score many rows (../../wasm/assembly/boosting-scoring.ts says
 * what they do with them). Made from the trees' tensors when first needed; a bundle does not hold them.
 *
 *   columns   for each feature that some tree splits on: its cuts in ascending order, or a class for each category;
 *             categories that no split of the ensemble tells apart are of one class
 *   tables    for each tree and feature: by code, the leaves that the feature's splits leave open
 *   leaves    for each tree: the values of its leaves, from left to right
 *   records   for each tree: where its tables and leaves lie
 */
import { IS_CATEGORICAL, MISSING_GOES_RIGHT } from '../tree/grown-tree.js';
import type { TreeTensors } from '../tree/tree-tensors.js';

/** A code is a byte, and one of them means missing. */
const MOST_CODES = 255;
/** Ensembles beyond this are walked. */
const MAX_TABLE_BYTES = 67_108_864;

/** How the kernels code a feature's values. */
export interface CodedColumn {
  readonly feature: number;
  readonly isCategorical: boolean;
  /** Where its cuts or classes lie, and how many. */
  readonly place: number;
  readonly count: number;
  /** The code of a missing value; the others are below. */
  readonly missing: number;
}

export interface LeafMasks {
  readonly tables: Uint8Array;
  readonly columns: readonly CodedColumn[];
  readonly records: number;
  readonly nTrees: number;
  /** Bits of a mask: 32 or 64. */
  readonly maskBits: number;
  /** Of a block. */
  readonly nRows: number;
}

/** A column before it has a place. */
interface Column {
  readonly feature: number;
  readonly isCategorical: boolean;
  readonly cuts: Float64Array;
  readonly classes: Uint8Array;
  readonly nCodes: number;
  /** By code a category of that class. */
  readonly categories: readonly number[];
}

/** Where each node's leaves begin, from left to right, and how many they are. */
interface LeafRanges {
  readonly start: Int32Array;
  readonly count: Int32Array;
}

/**
 * @param nScores trees t with t % nScores = k add to score k
 * @param nRows rows of a block
 * @returns undefined when a tree has more than 64 leaves or is none, or a feature more than 254 cuts or classes: such
 * ensembles are walked. Cost: a step for each node and code of its feature.
 */
export function buildLeafMasks(trees: TreeTensors, nScores: number, nRows: number): LeafMasks | undefined {
  const ranges = rangesOf(trees);
  const columns = ranges === undefined ? undefined : columnsOf(trees);
  if (ranges === undefined || columns === undefined) return undefined;
  const { treeOffsets } = trees;
  const nTrees = treeOffsets.length - 1;
  let mostLeaves = 0;
  for (let tree = 0; tree < nTrees; tree++)
    mostLeaves = Math.max(mostLeaves, ranges.count[treeOffsets[tree] as number] as number);
  if (mostLeaves > 64) return undefined;
  const nWords = mostLeaves > 32 ? 2 : 1;
  const layout = new Layout(trees, ranges, columns, nWords);
  if (layout.nBytes > MAX_TABLE_BYTES) return undefined;
  return layout.write(nScores, nRows);
}

/** Undefined when some node is not the child of just one. */
function rangesOf({ treeOffsets, feature, left }: TreeTensors): LeafRanges | undefined {
  const nNodes = feature.length;
  const start = new Int32Array(nNodes);
  const count = new Int32Array(nNodes);
  const isChild = new Uint8Array(nNodes);
  for (let tree = 0; tree + 1 < treeOffsets.length; tree++) {
    const root = treeOffsets[tree] as number;
    const end = treeOffsets[tree + 1] as number;
    // Children come after their parent.
    for (let node = end - 1; node >= root; node--) {
      if (feature[node] === -1) {
        count[node] = 1;
        continue;
      }
      const child = left[node] as number;
      if (isChild[child] === 1 || isChild[child + 1] === 1) return undefined;
      isChild[child] = 1;
      isChild[child + 1] = 1;
      count[node] = (count[child] as number) + (count[child + 1] as number);
    }
    for (let node = root; node < end; node++) {
      if (node > root && isChild[node] === 0) return undefined;
      if (feature[node] === -1) continue;
      const child = left[node] as number;
      start[child] = start[node] as number;
      start[child + 1] = (start[node] as number) + (count[child] as number);
    }
  }
  return { start, count };
}

/** Undefined when a feature has more values to tell apart than there are codes. */
function columnsOf({
  feature,
  threshold,
  flags,
  nCategories,
  categoryBits,
}: TreeTensors): Column[] | undefined {
  const nodesOf = new Map<number, number[]>();
  feature.forEach((j, node) => {
    if (j === -1) return;
    const nodes = nodesOf.get(j);
    if (nodes === undefined) nodesOf.set(j, [node]);
    else nodes.push(node);
  });
  const columns: Column[] = [];
  for (const [j, nodes] of [...nodesOf].sort(([a], [b]) => a - b)) {
    const nSets = nodes.filter((node) => ((flags[node] as number) & IS_CATEGORICAL) !== 0).length;
    if (nSets === 0) {
      const cuts = Float64Array.from(new Set(nodes.map((node) => threshold[node] as number))).sort();
      if (cuts.length + 2 > MOST_CODES + 1) return undefined;
      const nCodes = cuts.length + 1;
      columns.push({
        feature: j,
        isCategorical: false,
        cuts,
        classes: new Uint8Array(0),
        nCodes,
        categories: [],
      });
      continue;
    }
    if (nSets < nodes.length) return undefined;
    const count = nCategories[j] as number;
    const sets = new Set(nodes.map((node) => threshold[node] as number));
    const classOf = new Int32Array(count);
    let categories = [0];
    for (const firstWord of sets) {
      // A class that the set divides becomes two.
      const next = new Map<number, number>();
      categories = [];
      for (let category = 0; category < count; category++) {
        const key = (classOf[category] as number) * 2 + bitOf(categoryBits, firstWord, category);
        let code = next.get(key);
        if (code === undefined) {
          code = next.size;
          next.set(key, code);
          categories.push(category);
        }
        classOf[category] = code;
      }
      if (categories.length > MOST_CODES) return undefined;
    }
    columns.push({
      feature: j,
      isCategorical: true,
      cuts: new Float64Array(0),
      classes: Uint8Array.from(classOf),
      nCodes: categories.length,
      categories,
    });
  }
  return columns;
}

function bitOf(words: Uint32Array, firstWord: number, category: number): number {
  return ((words[firstWord + (category >>> 5)] as number) >>> category) & 1;
}

/** Bits `from`..`to`-1 of the word that begins with bit `first`. */
function bitsOf(from: number, to: number, first: number): number {
  return bitsBelow(to - first) & ~bitsBelow(from - first);
}

function bitsBelow(bit: number): number {
  return bit >= 32 ? -1 : bit <= 0 ? 0 : (1 << bit) - 1;
}

/** Finds room for everything, then writes it. */
class Layout {
  readonly nBytes: number;
  private readonly places: number[];
  private readonly columnOf = new Map<number, number>();
  /** By tree, the columns that it splits on. */
  private readonly used: number[][] = [];
  private readonly leaves: number;
  private readonly masks: number;
  private readonly records: number;

  constructor(
    private readonly trees: TreeTensors,
    private readonly ranges: LeafRanges,
    private readonly columns: readonly Column[],
    private readonly nWords: number,
  ) {
    let end = 0;
    const take = (nBytes: number): number => {
      const start = end;
      end += Math.ceil(nBytes / 8) * 8;
      return start;
    };
    this.places = columns.map(({ cuts, classes }) => take(cuts.byteLength + classes.byteLength));
    columns.forEach(({ feature }, at) => {
      this.columnOf.set(feature, at);
    });
    const { treeOffsets, feature } = trees;
    let nLeaves = 0;
    let nMasks = 0;
    let nUsed = 0;
    for (let tree = 0; tree + 1 < treeOffsets.length; tree++) {
      const splits = feature.subarray(treeOffsets[tree], treeOffsets[tree + 1]).filter((j) => j !== -1);
      nLeaves += splits.length + 1;
      const used = [...new Set(splits)].map((j) => this.columnOf.get(j) as number);
      this.used.push(used);
      nUsed += used.length;
      for (const at of used) nMasks += (columns[at] as Column).nCodes + 1;
    }
    this.leaves = take(nLeaves * 8);
    this.masks = take(nMasks * nWords * 4);
    this.records = take((this.used.length * 3 + nUsed * 2) * 4);
    this.nBytes = end;
  }

  write(nScores: number, nRows: number): LeafMasks {
    const { columns, places, used, trees, ranges, nWords, records } = this;
    const tables = new Uint8Array(this.nBytes);
    const numbers = new Float64Array(tables.buffer);
    const words = new Int32Array(tables.buffer);
    columns.forEach(({ cuts, classes }, at) => {
      const place = places[at] as number;
      numbers.set(cuts, place / 8);
      tables.set(classes, place);
    });
    let leaves = this.leaves;
    let masks = this.masks;
    let word = records / 4;
    const tableOf = new Int32Array(columns.length);
    used.forEach((usedColumns, tree) => {
      words.set([usedColumns.length, leaves, tree % nScores], word);
      word += 3;
      for (const at of usedColumns) {
        tableOf[at] = masks / 4;
        words.set([at * nRows, masks], word);
        word += 2;
        masks += ((columns[at] as Column).nCodes + 1) * nWords * 4;
        words.fill(-1, tableOf[at], masks / 4);
      }
      const root = trees.treeOffsets[tree] as number;
      const end = trees.treeOffsets[tree + 1] as number;
      for (let node = root; node < end; node++) {
        if (trees.feature[node] === -1) {
          numbers[leaves / 8 + (ranges.start[node] as number)] = trees.leafValues[
            trees.left[node] as number
          ] as number;
        } else {
          const at = this.columnOf.get(trees.feature[node] as number) as number;
          this.closeLeaves(words, tableOf[at] as number, columns[at] as Column, node);
        }
      }
      leaves += (ranges.count[root] as number) * 8;
    });
    return {
      tables,
      columns: columns.map(({ feature, isCategorical, cuts, classes, nCodes }, at) => ({
        feature,
        isCategorical,
        place: places[at] as number,
        count: isCategorical ? classes.length : cuts.length,
        missing: nCodes,
      })),
      records,
      nTrees: used.length,
      maskBits: nWords * 32,
      nRows,
    };
  }

  /** By each code, closes the leaves on the side of the split that the code turns away from. */
  private closeLeaves(words: Int32Array, table: number, column: Column, node: number): void {
    const { trees, ranges, nWords } = this;
    const left = trees.left[node] as number;
    const start = ranges.start[left] as number;
    const middle = ranges.start[left + 1] as number;
    const end = middle + (ranges.count[left + 1] as number);
    const threshold = trees.threshold[node] as number;
    const missingRight = ((trees.flags[node] as number) & MISSING_GOES_RIGHT) !== 0;
    // Code c: c cuts lie below the value, so it is left of cut c and of those above.
    const lastLeft = column.isCategorical ? -1 : column.cuts.indexOf(threshold);
    for (let w = 0; w < nWords; w++) {
      const ifLeft = ~bitsOf(middle, end, w * 32);
      const ifRight = ~bitsOf(start, middle, w * 32);
      for (let code = 0, at = table + w; code <= column.nCodes; code++, at += nWords) {
        let goesLeft = code <= lastLeft;
        if (code === column.nCodes) goesLeft = !missingRight;
        else if (column.isCategorical)
          goesLeft = bitOf(trees.categoryBits, threshold, column.categories[code] as number) === 1;
        words[at] = (words[at] as number) & (goesLeft ? ifLeft : ifRight);
      }
    }
  }
}
