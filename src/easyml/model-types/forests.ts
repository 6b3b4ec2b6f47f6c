import { count, flag, type ModelArgument, type ModelType, notNegative } from './model-type.js';
import { CLASS_CRITERION, MAX_DEPTH, maxFeatures, valueCriterion } from './tree-arguments.js';

const TREES: ModelArgument = {
  ...count('n_estimators', 'Number of estimators', 'How many trees.', 1, 100),
  becomes: 'nEstimators',
};
const BOOTSTRAP: ModelArgument = {
  ...flag('bootstrap', 'Bootstrap', 'Whether each tree sees a sample of the rows.', true),
  becomes: 'bootstrap',
};
const PRUNING: ModelArgument = {
  ...notNegative('ccp_alpha', 'CCP alpha', 'How much a branch must gain to stay.', 0),
  becomes: 'ccpAlpha',
};
const CLASS_WEIGHT: ModelArgument = {
  name: 'class_weight',
  label: 'Class weight',
  description: 'What a row of a class counts; null: all the same.',
  types: ['str'],
  default: 'balanced',
  accepts: [{ kind: 'choice', of: ['balanced', 'balanced_subsample'] }, { kind: 'null' }],
  becomes: 'classWeight',
};

export const forestTypes: readonly ModelType[] = [
  {
    name: 'randomforest_cls',
    algorithm: 'random_forest_classifier',
    isSupervised: true,
    arguments: [
      TREES,
      MAX_DEPTH,
      maxFeatures('auto', 'sqrt'),
      CLASS_CRITERION,
      BOOTSTRAP,
      PRUNING,
      CLASS_WEIGHT,
    ],
  },
  {
    name: 'randomforest_reg',
    algorithm: 'random_forest_regressor',
    isSupervised: true,
    arguments: [
      TREES,
      MAX_DEPTH,
      maxFeatures('auto', null),
      valueCriterion(['mse', 'mae']),
      BOOTSTRAP,
      PRUNING,
    ],
  },
];
