import type { Algorithm } from '../../estimator.js';
import { randomForestClassifier, randomForestRegressor } from './random-forest.js';

export const forestAlgorithms: readonly Algorithm[] = [randomForestClassifier, randomForestRegressor];
