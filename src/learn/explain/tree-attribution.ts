/**
 * Exact Shapley values of trees against one reference row (Lundberg et al. 2020, "From local explanations to global
 * understanding with explainable AI for trees", the interventional algorithm; doi 10.1038/s42256-019-0138-9).
 *
 * The game of a row x and a reference r: a coalition S of players gets the tree's value for the row that has x's
 * features where the player is in S and r's elsewhere. A leaf is reached by S when every condition on its path is met.
 * On that path let A be the players whose conditions only x meets and B those whose conditions only r meets; a player
 * who has one of each kind rules the leaf out. The leaf with value v counts for S when S holds all of A and none of B,
 * and the Shapley values of that game are known in closed form, with a = |A| and b = |B|:
 *
 *   each of A:  +v (a-1)! b! / (a+b)!        each of B:  -v a! (b-1)! / (a+b)!
 *
 * One walk over the nodes that x or r or a mix of both can reach adds them up. Where x and r go the same way only
 * that way is taken, so the cost is the number of leaves that mixes reach, times the length of their A and B.
 *
 * The walk keeps an explicit stack with the states to be put back; it needs at most three entries a level, and a level a
 * node. State of a player on the path, two bits: bit 0, x meets all its conditions; bit 1, r does.
 */
import { IS_CATEGORICAL } from '../estimators/tree/grown-tree.js';
import type { TreeTensors } from '../estimators/tree/tree-tensors.js';

const X_ONLY = 1;
const R_ONLY = 2;
const BOTH = 3;
/** On the stack in the place of a node: put the player's state back. */
const RESTORE = -1;

export class TreeWalk {
  private readonly state: Uint8Array;
  /** Players whose state is X_ONLY or R_ONLY, in the order in which they came to be so. */
  private readonly active: Int32Array;
  private nActive = 0;
  private nXOnly = 0;
  private readonly stack: number[] = [];

  constructor(
    private readonly trees: TreeTensors,
    private readonly nOutputs: number,
    private readonly playerOf: Int32Array,
    nPlayers: number,
  ) {
    this.state = new Uint8Array(nPlayers).fill(BOTH);
    this.active = new Int32Array(nPlayers);
  }

  /**
   * Adds one tree's Shapley values of one output, times `weight`.
   * @param at where the row begins in `rows`
   * @param out OUT length nPlayers from `outAt`
   */
  addTree(
    tree: number,
    output: number,
    rows: Float64Array,
    at: number,
    reference: Float64Array,
    weight: number,
    out: Float64Array,
    outAt: number,
  ): void {
    const { feature, left, leafValues } = this.trees;
    const { stack, state, playerOf } = this;
    stack.push(this.trees.treeOffsets[tree] as number, 0, BOTH);
    while (stack.length > 0) {
      const newState = stack.pop() as number;
      const player = stack.pop() as number;
      const node = stack.pop() as number;
      if (node === RESTORE) {
        this.leave(player);
        continue;
      }
      if (newState !== BOTH && state[player] === BOTH) {
        this.enter(player, newState);
        stack.push(RESTORE, player, BOTH);
      }
      const split = feature[node] as number;
      if (split === -1) {
        const value = leafValues[(left[node] as number) * this.nOutputs + output] as number;
        this.addLeaf(value * weight, out, outAt);
        continue;
      }
      const xSide = this.side(node, split, rows[at + split] as number);
      const rSide = this.side(node, split, reference[split] as number);
      const owner = playerOf[split] as number;
      const before = state[owner] as number;
      for (let side = 0; side < 2; side++) {
        const after = before & ((xSide === side ? X_ONLY : 0) | (rSide === side ? R_ONLY : 0));
        if (after !== 0) stack.push((left[node] as number) + side, owner, after);
      }
    }
  }

  /** The value of the leaf that a row reaches. */
  leafValue(tree: number, output: number, rows: Float64Array, at: number): number {
    const { feature, left, leafValues, treeOffsets } = this.trees;
    let node = treeOffsets[tree] as number;
    for (let split = feature[node] as number; split !== -1; split = feature[node] as number) {
      node = (left[node] as number) + this.side(node, split, rows[at + split] as number);
    }
    return leafValues[(left[node] as number) * this.nOutputs + output] as number;
  }

  private enter(player: number, newState: number): void {
    this.state[player] = newState;
    this.active[this.nActive++] = player;
    if (newState === X_ONLY) this.nXOnly++;
  }

  /** Invariant: players leave in the reverse order of their coming. */
  private leave(player: number): void {
    if (this.state[player] === X_ONLY) this.nXOnly--;
    this.state[player] = BOTH;
    this.nActive--;
  }

  private addLeaf(value: number, out: Float64Array, outAt: number): void {
    const { active, nActive, nXOnly: a, state } = this;
    if (nActive === 0 || value === 0) return;
    const b = nActive - a;
    const ways = binomial(nActive, Math.min(a, b));
    const gain = value / (a * ways);
    const loss = value / (b * ways);
    for (let i = 0; i < nActive; i++) {
      const player = active[i] as number;
      const slot = outAt + player;
      out[slot] = (out[slot] as number) + (state[player] === X_ONLY ? gain : -loss);
    }
  }

  /** 0: left, 1: right; as the predictor goes. */
  private side(node: number, split: number, value: number): number {
    const { flags, threshold, categoryBits, nCategories } = this.trees;
    const flag = flags[node] as number;
    if ((flag & IS_CATEGORICAL) === 0) {
      if (Number.isNaN(value)) return flag & 1;
      return +(value > (threshold[node] as number));
    }
    if (!(value >= 0 && value < (nCategories[split] as number))) return flag & 1;
    const word = categoryBits[(threshold[node] as number) + (value >>> 5)] as number;
    return 1 - ((word >>> value) & 1);
  }
}

/** n over k, for small k exactly; beyond 2^1023 Infinity, and then the share is 0. */
function binomial(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}
