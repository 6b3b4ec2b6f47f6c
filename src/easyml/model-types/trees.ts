import { choice, type ModelArgument, type ModelType } from './model-type.js';
import { CLASS_CRITERION, MAX_DEPTH, maxFeatures, valueCriterion } from './tree-arguments.js';

const SPLITTER: ModelArgument = {
  ...choice(
    'splitter',
    'Splitter',
    'Whether the best or a random threshold splits.',
    ['best', 'random'],
    'best',
  ),
  becomes: 'splitter',
};

export const treeTypes: readonly ModelType[] = [
  {
    name: 'decisiontree_cls',
    algorithm: 'decision_tree_classifier',
    isSupervised: true,
    arguments: [MAX_DEPTH, maxFeatures(null, 'sqrt'), CLASS_CRITERION, SPLITTER],
  },
  {
    name: 'decisiontree_reg',
    algorithm: 'decision_tree_regressor',
    isSupervised: true,
    arguments: [MAX_DEPTH, maxFeatures(null, null), valueCriterion(['mse', 'friedman_mse', 'mae']), SPLITTER],
  },
];
