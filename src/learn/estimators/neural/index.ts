import type { Algorithm } from '../../estimator.js';
import { mlpClassifier, mlpRegressor } from './mlp.js';

export const neuralAlgorithms: readonly Algorithm[] = [mlpClassifier, mlpRegressor];
