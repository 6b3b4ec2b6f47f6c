import type { ParameterValue } from '../../learn/parameters.js';
import { PythonFloat, type PythonValue } from '../python-json.js';
import { choice, type ModelArgument } from './model-type.js';

export const MAX_DEPTH: ModelArgument = {
  name: 'max_depth',
  label: 'Max depth',
  description: 'How many questions a row may be asked; null: no limit.',
  types: ['int'],
  default: null,
  accepts: [{ kind: 'integer', minimum: 1 }, { kind: 'null' }],
  becomes: 'maxDepth',
};

export const CLASS_CRITERION: ModelArgument = {
  ...choice('criterion', 'Criterion', 'What a split is judged by.', ['gini', 'entropy'], 'gini'),
  becomes: 'criterion',
};

/** The names of the errors before scikit-learn 1.0. */
export function valueCriterion(names: readonly string[]): ModelArgument {
  return {
    ...choice('criterion', 'Criterion', 'What a split is judged by.', names, 'mse'),
    becomes: 'criterion',
    renamed: { mse: 'squared_error', mae: 'absolute_error' },
  };
}

/**
 * How many features a split may choose from: a count, a share or a name.
 * @param auto what the removed name "auto" meant: the root of their number for classes, all of them for values
 */
export function maxFeatures(standard: string | null, auto: 'sqrt' | null): ModelArgument {
  return {
    name: 'max_features',
    label: 'Max features',
    description:
      'How many features a split may choose from: a count, a share, auto, sqrt or log2; null: all.',
    types: ['int', 'float', 'str'],
    default: standard,
    accepts: [
      { kind: 'choice', of: ['auto', 'sqrt', 'log2'] },
      { kind: 'number', exclusiveMinimum: 0, maximum: 1 },
      { kind: 'integer', minimum: 1 },
      { kind: 'null' },
    ],
    becomes: 'maxFeatures',
    translate: (value) => featuresOf(value, auto),
  };
}

/** 1 is one feature and 1.0 is all of them, which JSON's one kind of number cannot say: all is null here. */
function featuresOf(value: PythonValue, auto: 'sqrt' | null): ParameterValue | undefined {
  if (value === 'auto') return auto;
  if (value instanceof PythonFloat) {
    if (value.value === 1) return null;
    return value.value > 0 && value.value < 1 ? value.value : undefined;
  }
  return value === null || typeof value === 'string' || typeof value === 'number' ? value : undefined;
}
