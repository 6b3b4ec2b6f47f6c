import type { Algorithm } from '../../estimator.js';
import { decisionTreeClassifier, decisionTreeRegressor } from './decision-tree.js';

export const treeAlgorithms: readonly Algorithm[] = [decisionTreeClassifier, decisionTreeRegressor];
