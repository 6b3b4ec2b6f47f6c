import type { Algorithm } from '../../estimator.js';
import { kNeighborsClassifier, kNeighborsRegressor } from './k-neighbors.js';

export const neighborAlgorithms: readonly Algorithm[] = [kNeighborsClassifier, kNeighborsRegressor];
