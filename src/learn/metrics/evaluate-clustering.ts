import type { JsonObject } from '../json.js';
import type { Codes } from '../matrix/number-types.js';
import type { Random } from '../random.js';
import { clusterAgreement } from './cluster-agreement.js';
import {
  type ClusteredRows,
  calinskiHarabasz,
  centroidsOf,
  daviesBouldin,
  inertia,
  silhouette,
} from './cluster-geometry.js';

export interface ClusteringOutcome extends ClusteredRows {
  /** Known classes to score the clusters against; -1 is "unknown" and leaves the row out of that comparison. */
  readonly classes?: Codes;
  /** Draws the sample of rows for the silhouette. */
  readonly random: Random;
}

/** Everything a report says about clusters, as finite JSON; what is undefined is null. */
export function evaluateClustering(outcome: ClusteringOutcome): JsonObject {
  const { labels, classes } = outcome;
  const metrics: JsonObject = {
    inertia: inertia(outcome),
    silhouette: silhouette(outcome, outcome.random),
    daviesBouldin: daviesBouldin(outcome),
    calinskiHarabasz: calinskiHarabasz(outcome),
  };
  const known = classes === undefined ? [] : [...classes.keys()].filter((i) => (classes[i] as number) >= 0);
  if (classes !== undefined && known.length > 0) {
    const pick = (codes: Codes): Codes => Int32Array.from(known, (i) => codes[i] as number);
    Object.assign(metrics, clusterAgreement(pick(classes), pick(labels)));
  }
  return { nSamples: labels.length, metrics, clusterSizes: [...centroidsOf(outcome).sizes] };
}
