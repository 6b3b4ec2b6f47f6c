import type { Algorithm } from '../../estimator.js';
import { histGradientBoostingClassifier, histGradientBoostingRegressor } from './hist-gradient-boosting.js';

export const boostingAlgorithms: readonly Algorithm[] = [
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
];
