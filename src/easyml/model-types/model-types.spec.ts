import { describe, expect, it } from 'vitest';
import { completeSpec } from '../../learn/pipeline/complete-spec.js';
import { parsePythonJson } from '../python-json.js';
import {
  type Arguments,
  invalidMandatory,
  invalidOptional,
  mandatoryArguments,
  missingArguments,
  optionalArguments,
} from './check-arguments.js';
import { findModelType, MODEL_TYPES } from './index.js';
import { translateTraining } from './translate-training.js';

const COLUMNS = [
  { name: 'species', type: 'text', distinctCount: 3, nullCount: 0 },
  { name: 'mass', type: 'number', distinctCount: 90, nullCount: 0 },
  { name: 'length', type: 'number', distinctCount: 90, nullCount: 0 },
] as const;
const TARGET = { _cls: 'species', _reg: 'mass', reg: 'mass' };
const targetOf = (name: string) => (name.endsWith('_cls') ? TARGET._cls : TARGET._reg);

const type = (name: string) => findModelType(name)!;
const args = (text: string) => parsePythonJson(text) as Arguments;

/** As the request's JSON has it: `"tol": 0.5`, with what is mandatory before it. */
function translated(name: string, members = '') {
  const target = name === 'kmeans' ? '' : `, "y_col": "${targetOf(name)}"`;
  const rest = members === '' ? '' : `, ${members}`;
  return translateTraining(type(name), args(`{"to_drop": []${target}${rest}}`));
}

/** What the service makes of it: complete parameters, or what is wrong. */
function accepted(name: string, members = '') {
  const { translated: request, problems } = translated(name, members);
  expect(problems).toEqual([]);
  const { spec, problems: found } = completeSpec(request, { columns: COLUMNS });
  expect(found).toEqual([]);
  return spec!;
}

const PERCEPTRON = {
  hiddenLayerSizes: [100],
  maxIter: 200,
  activation: 'relu',
  solver: 'adam',
  learningRate: 'constant',
  learningRateInit: 0.001,
  tol: 0.0001,
};
const NEIGHBORS = { nNeighbors: 5, weights: 'uniform', algorithm: 'auto' };
const FOREST = { nEstimators: 100, maxDepth: null, bootstrap: true, ccpAlpha: 0 };
/** The defaults of each type, as the algorithm here is to be told them. */
const DEFAULTS: Readonly<Record<string, [string, object]>> = {
  linearreg: ['linear_regression', { fitIntercept: true }],
  knn_cls: ['k_neighbors_classifier', NEIGHBORS],
  knn_reg: ['k_neighbors_regressor', NEIGHBORS],
  decisiontree_cls: [
    'decision_tree_classifier',
    { maxDepth: null, maxFeatures: null, criterion: 'gini', splitter: 'best' },
  ],
  decisiontree_reg: [
    'decision_tree_regressor',
    { maxDepth: null, maxFeatures: null, criterion: 'squared_error', splitter: 'best' },
  ],
  randomforest_cls: [
    'random_forest_classifier',
    { ...FOREST, maxFeatures: 'sqrt', criterion: 'gini', classWeight: 'balanced' },
  ],
  randomforest_reg: ['random_forest_regressor', { ...FOREST, maxFeatures: null, criterion: 'squared_error' }],
  mpl_cls: ['mlp_classifier', PERCEPTRON],
  mpl_reg: ['mlp_regressor', PERCEPTRON],
  kmeans: ['k_means', { nClusters: 8, maxIter: 300, tol: 0.0001, algorithm: 'lloyd', nInit: 10 }],
};

describe('the model types', () => {
  it('are those that the machine-learning server trains; neural is none of them', () => {
    expect(MODEL_TYPES.map(({ name }) => name)).toEqual(Object.keys(DEFAULTS));
    expect(findModelType('neural')).toBeUndefined();
  });

  it.each(Object.entries(DEFAULTS))(
    '%s has its defaults, and they are legal here',
    (name, [algorithm, parameters]) => {
      const spec = accepted(name);
      expect(spec.algorithm).toBe(algorithm);
      expect(spec.parameters).toMatchObject(parameters);
      expect(spec).toMatchObject({
        normalization: 'none',
        testShare: name === 'kmeans' ? 0 : 0.1,
        target: name === 'kmeans' ? null : targetOf(name),
      });
    },
  );

  it.each(MODEL_TYPES.map(({ name }) => name))('%s takes every name that its values may have', (name) => {
    for (const argument of type(name).arguments) {
      const choices = argument.accepts.flatMap((rule) => (rule.kind === 'choice' ? rule.of : []));
      for (const value of choices) accepted(name, `"${argument.name}": "${value}"`);
      if (argument.types.includes('bool')) accepted(name, `"${argument.name}": false`);
      accepted(name, `"${argument.name}": null`);
    }
  });
});

describe('names and values that mean something else here', () => {
  it.each<[string, string, object]>([
    ['decisiontree_cls', '"max_features": "auto"', { maxFeatures: 'sqrt' }],
    ['decisiontree_reg', '"max_features": "auto"', { maxFeatures: null }],
    ['randomforest_cls', '"max_features": null', { maxFeatures: null }],
    ['randomforest_cls', '"max_features": "log2"', { maxFeatures: 'log2' }],
    ['randomforest_cls', '"max_features": 1.0', { maxFeatures: null }],
    ['randomforest_cls', '"max_features": 1', { maxFeatures: 1 }],
    ['randomforest_cls', '"max_features": 0.5', { maxFeatures: 0.5 }],
    ['randomforest_cls', '"max_features": 7', { maxFeatures: 7 }],
    ['randomforest_cls', '"class_weight": null', { classWeight: null }],
    ['randomforest_cls', '"class_weight": "balanced_subsample"', { classWeight: 'balanced_subsample' }],
    ['decisiontree_reg', '"criterion": "mae"', { criterion: 'absolute_error' }],
    ['decisiontree_reg', '"criterion": "friedman_mse"', { criterion: 'friedman_mse' }],
    ['randomforest_reg', '"criterion": "mse"', { criterion: 'squared_error' }],
    ['kmeans', '"algorithm": "full"', { algorithm: 'lloyd' }],
    ['kmeans', '"algorithm": "elkan"', { algorithm: 'elkan' }],
    ['knn_cls', '"n_neighbors": null', { nNeighbors: 5 }],
    ['mpl_reg', '"hidden_layer_sizes": [10, 5]', { hiddenLayerSizes: [10, 5] }],
  ])('%s with %s', (name, members, parameters) => {
    expect(accepted(name, members).parameters).toMatchObject(parameters);
  });

  it('shows people the names that were sent', () => {
    const { asked } = translated('randomforest_reg', '"max_depth": 4');
    expect(asked.params).toContainEqual({ name: 'max_features', humanName: 'Max features', value: 'auto' });
    expect(asked.params).toContainEqual({ name: 'criterion', humanName: 'Criterion', value: 'mse' });
    expect(asked.params).toContainEqual({ name: 'max_depth', humanName: 'Max depth', value: 4 });
    expect(translated('linearreg', '"normalize": true').asked.params).toContainEqual({
      name: 'normalize',
      humanName: 'Normalize',
      value: true,
    });
  });

  it.each<[string, number]>([
    ['', 0.1],
    ['"test_size": 0.25', 0.25],
    ['"test_size": null', 0.2],
    ['"test_size": 0.0', 0.2],
    ['"test_size": -0.5', 0.2],
    ['"test_size": 1.0', 0.2],
  ])('holds out, with %s, %d of the rows', (members, share) => {
    expect(accepted('linearreg', members).testShare).toBe(share);
  });

  it.each([
    ['"normalization_method": "std"', 'std'],
    ['"normalization_method": "min_max"', 'min_max'],
    ['"normalization_method": "anything"', 'none'],
    ['"normalization_method": null', 'none'],
  ])('scales, with %s, by %s', (members, normalization) => {
    expect(accepted('kmeans', members).normalization).toBe(normalization);
  });
});

describe('values that are not legal', () => {
  it.each<[string, string]>([
    ['decisiontree_cls', '"max_depth": 0'],
    ['decisiontree_cls', '"max_features": 0'],
    ['decisiontree_cls', '"max_features": 2.0'],
    ['decisiontree_cls', '"max_features": "all"'],
    ['decisiontree_cls', '"criterion": "mse"'],
    ['decisiontree_reg', '"criterion": "squared"'],
    ['decisiontree_reg', '"splitter": "worst"'],
    ['randomforest_reg', '"criterion": "friedman_mse"'],
    ['randomforest_cls', '"n_estimators": 0'],
    ['randomforest_cls', '"ccp_alpha": -0.1'],
    ['randomforest_cls', '"class_weight": "unbalanced"'],
    ['knn_reg', '"n_neighbors": 0'],
    ['knn_reg', '"weights": "even"'],
    ['mpl_cls', '"hidden_layer_sizes": ["ten"]'],
    ['mpl_cls', '"max_iter": 0'],
    ['mpl_cls', '"solver": "newton"'],
    ['kmeans', '"n_clusters": 1'],
    ['kmeans', '"tol": -1.0'],
    ['kmeans', '"algorithm": "lloyd"'],
  ])('%s with %s is told by name, never by value', (name, members) => {
    const { problems } = translated(name, members);
    const argument = /^"(\w+)"/.exec(members)![1]!;
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${argument} must be `));
  });
});

describe('types, compared strictly', () => {
  const optional = (name: string, text: string) => invalidOptional(optionalArguments(type(name)), args(text));

  it('names mandatory arguments that were not sent', () => {
    expect(missingArguments(mandatoryArguments(type('knn_cls')), {})).toEqual(['to_drop', 'y_col']);
    expect(missingArguments(mandatoryArguments(type('kmeans')), {})).toEqual(['to_drop']);
  });

  it('names mandatory arguments of another type', () => {
    expect(
      invalidMandatory(mandatoryArguments(type('knn_cls')), args('{"to_drop": "a", "y_col": null}')),
    ).toEqual([
      { arg: 'to_drop', sent_type: 'str', expected_type: 'list' },
      { arg: 'y_col', sent_type: 'NoneType', expected_type: 'str' },
    ]);
  });

  it.each<[string, string, string, string | string[]]>([
    ['knn_cls', '{"n_neighbors": 5.0}', 'float', 'int'],
    ['knn_cls', '{"n_neighbors": true}', 'bool', 'int'],
    ['knn_cls', '{"test_size": 0}', 'int', 'float'],
    ['knn_cls', '{"normalization_method": 1}', 'int', 'str'],
    ['linearreg', '{"fit_intercept": 1}', 'int', 'bool'],
    ['randomforest_cls', '{"max_features": true}', 'bool', ['int', 'float', 'str']],
    ['randomforest_cls', '{"ccp_alpha": 0}', 'int', 'float'],
    ['mpl_reg', '{"hidden_layer_sizes": "[100]"}', 'str', 'list'],
    ['kmeans', '{"y_col": 5}', 'int', 'str'],
    ['kmeans', '{"tol": {}}', 'dict', 'float'],
  ])('%s does not take %s', (name, text, sent, expected) => {
    const argument = /"(\w+)"/.exec(text)![1]!;
    expect(optional(name, text)).toEqual([{ argument, sent_type: sent, expected_type: expected }]);
  });

  it.each(MODEL_TYPES.map(({ name }) => name))(
    '%s takes null for what is optional, and ignores what it does not know',
    (name) => {
      const nulls = Object.fromEntries(
        optionalArguments(type(name)).map((argument) => [argument.name, null]),
      );
      expect(invalidOptional(optionalArguments(type(name)), { ...nulls, layers: 5 })).toEqual([]);
    },
  );
});
