import type { Algorithm } from '../../estimator.js';
import {
  extraTreesClassifier,
  extraTreesRegressor,
  randomForestClassifier,
  randomForestRegressor,
} from './random-forest.js';

export const forestAlgorithms: readonly Algorithm[] = [
  randomForestClassifier,
  randomForestRegressor,
  extraTreesClassifier,
  extraTreesRegressor,
];
