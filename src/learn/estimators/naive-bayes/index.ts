import type { Algorithm } from '../../estimator.js';
import { categoricalNaiveBayes } from './categorical.js';
import { gaussianNaiveBayes } from './gaussian.js';
import { multinomialNaiveBayes } from './multinomial.js';

export const naiveBayesAlgorithms: readonly Algorithm[] = [
  gaussianNaiveBayes,
  multinomialNaiveBayes,
  categoricalNaiveBayes,
];
