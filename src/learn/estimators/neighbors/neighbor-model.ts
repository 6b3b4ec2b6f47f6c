import type { EstimatorState, Predictor } from '../../estimator.js';
import {
  damaged,
  readChoice,
  readFinite,
  readFloat64Vector,
  readObject,
} from '../../preprocessing/state-reader.js';
import { readCount, readFloat64Matrix } from '../read-state.js';
import { ballTree } from './ball-tree.js';
import { LEAST_QUERIES, MAX_BATCH_NEIGHBORS, QUERIES_PER_BATCH } from './batch-search.js';
import { bruteForce, type NeighborSearch } from './brute-force.js';
import { type Metric, metricOf } from './distance.js';
import { FilteredSearch } from './filtered-search.js';
import { kdTree } from './kd-tree.js';
import { NearestList } from './nearest-list.js';

export const WEIGHTINGS = ['uniform', 'distance'] as const;
export const SEARCHES = ['auto', 'brute', 'kd_tree', 'ball_tree'] as const;

/** What a neighbours model has learned: its rows, and how to ask them. */
export interface NeighborMemory {
  /** Row-major, nRows * nFeatures. */
  readonly points: Float64Array;
  readonly nFeatures: number;
  /** Length nRows: class codes or values. */
  readonly targets: Float64Array;
  /** Length nRows, > 0: how much a row's vote counts. */
  readonly votes: Float64Array;
  /** 0: regression. */
  readonly nClasses: number;
  /** 1..nRows. */
  readonly nNeighbors: number;
  readonly weighting: (typeof WEIGHTINGS)[number];
  readonly search: (typeof SEARCHES)[number];
  readonly p: number;
  readonly leafSize: number;
}

/**
 * A predictor that asks the nearest rows: classes share their votes, values are averaged.
 * @param look called often while a tree or blocks are made and searched; throws when the training is canceled
 */
export function neighborPredictor(
  memory: NeighborMemory,
  warnings: readonly string[] = [],
  look: () => void = () => {},
): Predictor {
  const { nFeatures, targets, votes, nClasses } = memory;
  const metric = metricOf(memory.p);
  const { search, inBatches } = searchOf(memory, metric, look);
  const lists = Array.from(
    { length: inBatches ? QUERIES_PER_BATCH : 1 },
    () => new NearestList(memory.nNeighbors),
  );
  const batches = new FilteredSearch(
    memory.points,
    targets.length,
    nFeatures,
    memory.search !== 'brute',
    look,
  );
  const shares = new Float64Array(memory.nNeighbors);
  const nOutputs = Math.max(nClasses, 1);

  function answer(nearest: NearestList, out: Float64Array, i: number): void {
    shareVotes(nearest, memory, metric, shares);
    let total = 0;
    for (let n = 0; n < shares.length; n++) {
      shares[n]! *= votes[nearest.rows[n] as number] as number;
      total += shares[n] as number;
    }
    for (let n = 0; n < shares.length; n++) {
      const target = targets[nearest.rows[n] as number] as number;
      if (nClasses > 0) out[i * nOutputs + target]! += shares[n] as number;
      else out[i]! += (shares[n] as number) * target;
    }
    // Divided once at the end, so that 3 of 5 votes are 0.6 and not a sum of fifths.
    for (let k = 0; k < nOutputs; k++) out[i * nOutputs + k]! /= total;
  }

  return {
    nFeatures,
    nOutputs,
    outputKind: nClasses > 0 ? 'probabilities' : 'value',
    predictInto(rows, nRows, out) {
      out.fill(0, 0, nRows * nOutputs);
      for (let from = 0; from < nRows; from += lists.length) {
        const count = Math.min(lists.length, nRows - from);
        for (const list of lists) list.clear();
        if (inBatches && count >= LEAST_QUERIES) {
          batches.find(rows, from * nFeatures, count, lists);
        } else {
          for (let i = 0; i < count; i++) {
            look();
            search.find(rows, (from + i) * nFeatures, lists[i] as NearestList);
          }
        }
        for (let i = 0; i < count; i++) answer(lists[i] as NearestList, out, from + i);
      }
    },
    toState: () => neighborState(memory),
    warnings,
  };
}

/**
 * What each neighbour counts before its own weight. `distance`: the inverse of its distance; where some lie
 * exactly on the query, only those count. Relative to the nearest one, so that no quotient overflows.
 */
function shareVotes(
  nearest: NearestList,
  memory: NeighborMemory,
  metric: Metric,
  shares: Float64Array,
): void {
  if (memory.weighting === 'uniform') {
    shares.fill(1);
    return;
  }
  const first = metric.toDistance(nearest.distances[0] as number);
  for (let n = 0; n < shares.length; n++) {
    const distance = metric.toDistance(nearest.distances[n] as number);
    shares[n] = distance === first ? 1 : first / distance;
  }
}

/** A tree is not even tried above this; the choice of scikit-learn. */
const MAX_FEATURES_OF_A_TREE = 15;
/** A tree that measures more than this share of the rows is slower than batches that score whole blocks of them. */
const MAX_MEASURED_SHARE = 0.005;
const N_PROBES = 16;

/** How single rows are searched, and whether many at once go through brute force in batches. */
interface ChosenSearch {
  readonly search: NeighborSearch;
  readonly inBatches: boolean;
}

/** How much a tree leaves out depends on the data and is found by asking it: the answers are the same either way. */
function searchOf(memory: NeighborMemory, metric: Metric, look: () => void): ChosenSearch {
  const { points, nFeatures, targets, nNeighbors, search, leafSize, p } = memory;
  const nRows = targets.length;
  const isAuto = search === 'auto';
  const suitsBatches = p === 2 && nNeighbors <= MAX_BATCH_NEIGHBORS;
  if (search === 'brute' || (isAuto && (nFeatures > MAX_FEATURES_OF_A_TREE || nNeighbors >= nRows / 2))) {
    return { search: bruteForce(points, nRows, nFeatures, metric), inBatches: suitsBatches };
  }
  if (search === 'ball_tree') {
    return { search: ballTree(points, nRows, nFeatures, leafSize, metric, look), inBatches: false };
  }
  const tree = kdTree(points, nRows, nFeatures, leafSize, metric, look);
  if (!isAuto || !suitsBatches) return { search: tree, inBatches: false };
  const nearest = new NearestList(nNeighbors);
  for (let probe = 0; probe < N_PROBES; probe++) {
    nearest.clear();
    tree.find(points, Math.floor((probe * nRows) / N_PROBES) * nFeatures, nearest);
  }
  return { search: tree, inBatches: tree.nMeasured > MAX_MEASURED_SHARE * N_PROBES * nRows };
}

function neighborState(memory: NeighborMemory): EstimatorState {
  const { points, nFeatures, targets, votes, nClasses, nNeighbors, weighting, search, p, leafSize } = memory;
  const nRows = targets.length;
  return {
    config: { nClasses, nNeighbors, weighting, search, p, leafSize },
    tensors: {
      points: { shape: [nRows, nFeatures], data: points },
      targets: { shape: [nRows], data: targets },
      votes: { shape: [nRows], data: votes },
    },
  };
}

/** @throws LearnError invalid_state */
export function readNeighborMemory(state: EstimatorState, isClassifier: boolean): NeighborMemory {
  const config = readObject(state.config, 'config');
  const { nRows, nColumns, data: points } = readFloat64Matrix(state.tensors, 'points');
  if (nRows < 1) throw damaged('tensor points', 'a matrix of at least one row');
  const targets = readFloat64Vector(state.tensors, 'targets', nRows);
  const votes = readFloat64Vector(state.tensors, 'votes', nRows);
  if (!votes.every((vote) => vote > 0)) throw damaged('tensor votes', 'positive in every element');
  const nClasses = readCount(config.nClasses, isClassifier ? 1 : 0, isClassifier ? 2 ** 31 : 0, 'nClasses');
  if (isClassifier && !targets.every((code) => Number.isInteger(code) && code >= 0 && code < nClasses)) {
    throw damaged('tensor targets', 'a class code in every element');
  }
  const p = readFinite(config.p, 'p');
  if (p < 1) throw damaged('p', 'at least 1');
  return {
    points,
    nFeatures: nColumns,
    targets,
    votes,
    nClasses,
    nNeighbors: readCount(config.nNeighbors, 1, nRows, 'nNeighbors'),
    weighting: readChoice(config.weighting, WEIGHTINGS, 'weighting'),
    search: readChoice(config.search, SEARCHES, 'search'),
    p,
    leafSize: readCount(config.leafSize, 1, 2 ** 31, 'leafSize'),
  };
}
