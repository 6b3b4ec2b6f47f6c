import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { TreeEnsemble } from '../tree/tree-ensemble.js';
import type { TreeTensors } from '../tree/tree-tensors.js';
import { BatchScorer } from './batch-scorer.js';

interface Shape {
  readonly nTrees: number;
  /** Of each tree at most. */
  readonly nLeaves: number;
  readonly nFeatures: number;
  /** Of the last feature; 0: it is a number. */
  readonly nCategories: number;
  /** Different thresholds of a feature. */
  readonly nThresholds: number;
}

const THRESHOLDS = [Number.POSITIVE_INFINITY, 0, -0, 1e308, -1e308, 5e-324];

/** Trees that split a random leaf again and again. */
function randomTrees(shape: Shape, random: Random): TreeTensors {
  const { nTrees, nFeatures, nCategories, nThresholds } = shape;
  const nWords = (nCategories + 31) >>> 5;
  const nodes: { feature: number; threshold: number; left: number; flags: number }[] = [];
  const bits: number[] = [];
  const leafValues: number[] = [];
  const treeOffsets = [0];
  for (let tree = 0; tree < nTrees; tree++) {
    const nLeaves = 1 + random.below(shape.nLeaves);
    const leaves = [nodes.length];
    nodes.push({ feature: -1, threshold: 0, left: 0, flags: 0 });
    while (leaves.length < nLeaves) {
      const [node] = leaves.splice(random.below(leaves.length), 1) as [number];
      const feature = random.below(nFeatures);
      const isSet = nCategories > 0 && feature === nFeatures - 1;
      const lot = random.below(nThresholds);
      const threshold = isSet ? bits.length : (THRESHOLDS[lot] ?? lot / 7);
      if (isSet) for (let w = 0; w < nWords; w++) bits.push(random.below(2 ** 32));
      const left = nodes.length;
      nodes[node] = { feature, threshold, left, flags: random.below(2) + (isSet ? 2 : 0) };
      for (const child of [left, left + 1]) {
        leaves.push(child);
        nodes.push({ feature: -1, threshold: 0, left: 0, flags: 0 });
      }
    }
    for (const leaf of leaves) {
      const node = nodes[leaf] as (typeof nodes)[number];
      node.left = leafValues.length;
      leafValues.push(random.normal());
    }
    treeOffsets.push(nodes.length);
  }
  const sizes = new Uint32Array(nFeatures);
  sizes[nFeatures - 1] = nCategories;
  return {
    treeOffsets: Uint32Array.from(treeOffsets),
    feature: Int32Array.from(nodes, ({ feature }) => feature),
    threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
    left: Uint32Array.from(nodes, ({ left }) => left),
    flags: Uint8Array.from(nodes, ({ flags }) => flags),
    leafValues: Float64Array.from(leafValues),
    categoryBits: Uint32Array.from(bits),
    nCategories: sizes,
    featureImportances: new Float64Array(nFeatures),
  };
}

const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e308, -1, 0.5, 5e-324];

function randomRows(nRows: number, { nFeatures, nThresholds }: Shape, random: Random): Float64Array {
  return Float64Array.from({ length: nRows * nFeatures }, () =>
    random.below(8) === 0 ? (ODD[random.below(ODD.length)] as number) : random.below(nThresholds) / 7,
  );
}

/** The naive twin: every row down every tree. */
function walk(trees: TreeTensors, baseline: Float64Array, rows: Float64Array, nRows: number): Float64Array {
  const ensemble = new TreeEnsemble(trees, 'scores', 1);
  const nFeatures = trees.nCategories.length;
  const out = new Float64Array(nRows * baseline.length);
  for (let row = 0; row < nRows; row++) {
    out.set(baseline, row * baseline.length);
    for (let tree = 0; tree < ensemble.nTrees; tree++) {
      ensemble.addTree(tree, rows, row * nFeatures, out, row * baseline.length + (tree % baseline.length));
    }
  }
  return out;
}

function bitsOf(numbers: Float64Array): BigUint64Array {
  return new BigUint64Array(numbers.buffer);
}

const SMALL: Shape = { nTrees: 60, nLeaves: 31, nFeatures: 5, nCategories: 0, nThresholds: 100 };

describe('scores of many rows', () => {
  it.each<[string, Shape, number]>([
    ['numbers', SMALL, 1],
    ['one feature', { ...SMALL, nFeatures: 1 }, 1],
    ['more features than one pass takes', { ...SMALL, nFeatures: 23 }, 1],
    ['several scores', SMALL, 3],
    ['few categories', { ...SMALL, nCategories: 3, nTrees: 4 }, 2],
    ['categories in many classes', { ...SMALL, nCategories: 200 }, 1],
    ['trees of 32 leaves', { ...SMALL, nLeaves: 32, nTrees: 200 }, 1],
    ['trees of up to 64 leaves', { ...SMALL, nLeaves: 64, nTrees: 200 }, 1],
    ['trees of one leaf', { ...SMALL, nLeaves: 1 }, 1],
    ['254 cuts', { ...SMALL, nTrees: 300, nThresholds: 254 }, 1],
    ['rows wider than a block is long', { ...SMALL, nFeatures: 5000 }, 1],
  ])('are those of walks to the bit: %s', (_, shape, nScores) => {
    const random = new Random(7);
    const trees = randomTrees(shape, random);
    const baseline = Float64Array.from({ length: nScores }, () => random.normal());
    const scorer = BatchScorer.open(trees, baseline);
    if (scorer === undefined) throw new Error('These trees have tables.');
    for (const nRows of [1, 2, shape.nFeatures > 100 ? 70 : 1300]) {
      const rows = randomRows(nRows, shape, random);
      const out = new Float64Array(nRows * nScores);
      scorer.scoreInto(rows, nRows, out, nScores);
      expect(bitsOf(out)).toEqual(bitsOf(walk(trees, baseline, rows, nRows)));
    }
  });

  it('come from the tables of the ensemble that is asked', () => {
    const random = new Random(8);
    const rows = randomRows(40, SMALL, random);
    const asked = [1, 2].map(() => {
      const trees = randomTrees(SMALL, random);
      const baseline = Float64Array.of(random.normal());
      return { expected: walk(trees, baseline, rows, 40), scorer: BatchScorer.open(trees, baseline) };
    });
    for (const { expected, scorer } of [...asked, ...asked]) {
      const out = new Float64Array(40);
      expect(scorer?.isLoaded).toBe(false);
      scorer?.scoreInto(rows, 40, out, 1);
      expect(scorer?.isLoaded).toBe(true);
      expect(bitsOf(out)).toEqual(bitsOf(expected));
    }
  });
});

it.each<[string, Partial<Shape>]>([
  ['a tree of more than 64 leaves', { nLeaves: 200 }],
  ['more than 254 cuts', { nTrees: 400, nFeatures: 1, nThresholds: 1000 }],
  ['more than 255 classes of categories', { nTrees: 100, nFeatures: 1, nCategories: 2000 }],
])('has no tables for %s', (_, shape) => {
  const trees = randomTrees({ ...SMALL, ...shape }, new Random(9));
  expect(BatchScorer.open(trees, Float64Array.of(0))).toBeUndefined();
});

it('has no tables for nodes that two parents share', () => {
  const trees = randomTrees({ ...SMALL, nTrees: 1 }, new Random(10));
  const inner = [...trees.feature.keys()].filter((node) => trees.feature[node] !== -1);
  trees.left[inner[0] as number] = trees.left[inner[1] as number] as number;
  expect(BatchScorer.open(trees, Float64Array.of(0))).toBeUndefined();
});
