import type { Algorithm } from '../../estimator.js';
import { kMeans } from './k-means.js';

export const clusterAlgorithms: readonly Algorithm[] = [kMeans];
