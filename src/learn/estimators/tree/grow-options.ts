/** How a tree shall grow, resolved to numbers: no null, no fractions, no names of heuristics. */
export interface GrowOptions {
  readonly criterion: 'gini' | 'entropy' | 'squared_error' | 'absolute_error' | 'poisson';
  /** `random`: one random threshold a feature instead of the best. */
  readonly splitter: 'best' | 'random';
  /** Edges from the root to the deepest leaf; 2^31 - 1 when unlimited. */
  readonly maxDepth: number;
  /** Rows (not weights) that a node needs to be split, >= 2. */
  readonly minSamplesSplit: number;
  /** Rows that each side of a split keeps, >= 1. */
  readonly minSamplesLeaf: number;
  /** Share of the tree's weight that each side of a split keeps, 0..0.5. */
  readonly minWeightFractionLeaf: number;
  /** 0: unlimited, and the tree grows depth first. Else best first. */
  readonly maxLeafNodes: number;
  /** Features to look at for a split, 1..nFeatures. */
  readonly maxFeatures: number;
  /** Weighted impurity decrease, as a share of the root's weight, below which a node stays a leaf. */
  readonly minImpurityDecrease: number;
  /** Cost of a leaf in minimal cost-complexity pruning; 0: none. */
  readonly ccpAlpha: number;
}
