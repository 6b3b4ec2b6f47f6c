import type { NodeSplit } from './node-split.js';

/** Finds splits of nodes, and divides them. The rows of a node are a stretch of an order that it keeps. */
export interface NodeSearch {
  /** Numbers a leaf holds: classes, or 1. */
  readonly nOutputs: number;
  /** Rows that the tree learns from. */
  readonly nRows: number;
  /** The best split of the open node so far. */
  readonly split: NodeSplit;
  /** Of the open node: its weight, weight times impurity, and whether all targets are the same. */
  readonly weight: number;
  readonly impurity: number;
  readonly isPure: boolean;

  /**
   * Makes the rows start..end-1 the open node. It is the root (all rows), or one of the sides that `divide` made.
   */
  openNode(start: number, end: number): void;

  /**
   * Looks for a better split of the open node on this feature.
   * @returns false when the feature is constant at the node
   */
  search(feature: number): boolean;

  /** Divides the rows start..end-1 in two. @returns where the right side begins */
  divide(split: NodeSplit, start: number, end: number): number;

  /** When the leaf's value is a single class: which; else -1. */
  leafClass(): number;

  /** The open node's prediction. OUT values: nOutputs numbers from `offset`. */
  writeLeaf(values: Float64Array, offset: number): void;
}
