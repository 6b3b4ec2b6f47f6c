import type { Algorithm } from '../../estimator.js';
import { linearRegression } from './linear-regression.js';
import { logisticRegression } from './logistic-regression.js';
import { elasticNet, lasso, ridge } from './penalized-regression.js';

export const linearAlgorithms: readonly Algorithm[] = [
  logisticRegression,
  linearRegression,
  ridge,
  lasso,
  elasticNet,
];
