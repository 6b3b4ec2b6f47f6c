import type { OnnxAttribute } from '../onnx-messages.js';

/** A list of numbers that grows: plain arrays of some million numbers take seconds to fill and to copy. */
class NumberList {
  #values = new Float64Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** How a node sends rows on: to `ifTrue` when the feature is not above the threshold. */
export interface Comparison {
  readonly feature: number;
  readonly threshold: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly missingIsTrue: boolean;
}

const LEAF: Comparison = { feature: 0, threshold: 0, ifTrue: 0, ifFalse: 0, missingIsTrue: false };

/** The attributes of a TreeEnsembleRegressor: lists with an element a node, and with one a leaf's value. */
export class EnsembleLists {
  readonly #treeIds = new NumberList();
  readonly #nodeIds = new NumberList();
  readonly #features = new NumberList();
  readonly #modes: string[] = [];
  readonly #thresholds = new NumberList();
  readonly #trueIds = new NumberList();
  readonly #falseIds = new NumberList();
  readonly #missingIsTrue = new NumberList();
  readonly #leafTreeIds = new NumberList();
  readonly #leafNodeIds = new NumberList();
  readonly #leafTargets = new NumberList();
  readonly #leafWeights = new NumberList();

  branch(tree: number, id: number, comparison: Comparison): void {
    this.#node(tree, id, 'BRANCH_LEQ', comparison);
  }

  leaf(tree: number, id: number): void {
    this.#node(tree, id, 'LEAF', LEAF);
  }

  leafValue(tree: number, id: number, target: number, weight: number): void {
    this.#leafTreeIds.push(tree);
    this.#leafNodeIds.push(id);
    this.#leafTargets.push(target);
    this.#leafWeights.push(weight);
  }

  attributes(nTargets: number): Record<string, OnnxAttribute> {
    const numbers = ({ values }: NumberList): OnnxAttribute => ({
      tensor: { type: 'double', shape: [values.length], data: values },
    });
    return {
      n_targets: { int: nTargets },
      aggregate_function: { text: 'SUM' },
      post_transform: { text: 'NONE' },
      nodes_treeids: { ints: this.#treeIds.values },
      nodes_nodeids: { ints: this.#nodeIds.values },
      nodes_featureids: { ints: this.#features.values },
      nodes_modes: { texts: this.#modes },
      nodes_values_as_tensor: numbers(this.#thresholds),
      nodes_truenodeids: { ints: this.#trueIds.values },
      nodes_falsenodeids: { ints: this.#falseIds.values },
      nodes_missing_value_tracks_true: { ints: this.#missingIsTrue.values },
      target_treeids: { ints: this.#leafTreeIds.values },
      target_nodeids: { ints: this.#leafNodeIds.values },
      target_ids: { ints: this.#leafTargets.values },
      target_weights_as_tensor: numbers(this.#leafWeights),
    };
  }

  #node(tree: number, id: number, mode: string, split: Comparison): void {
    this.#treeIds.push(tree);
    this.#nodeIds.push(id);
    this.#modes.push(mode);
    this.#features.push(split.feature);
    this.#thresholds.push(split.threshold);
    this.#trueIds.push(split.ifTrue);
    this.#falseIds.push(split.ifFalse);
    this.#missingIsTrue.push(split.missingIsTrue ? 1 : 0);
  }
}
