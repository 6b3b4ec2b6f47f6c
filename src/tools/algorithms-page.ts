import type { Algorithm } from '../learn/estimator.js';
import { ALGORITHMS } from '../learn/registry.js';
import { describeRules } from '../learn/validate-parameters.js';
import { generatedNote, markdownTable } from './markdown.js';

/** What the table of an algorithm cannot say: parameters of scikit-learn's that it has not, and what it does otherwise. */
const DIFFERENCES: readonly (readonly [algorithms: string, absent: string, otherwise: string])[] = [
  [
    '`random_forest_*`, `extra_trees_*`, `decision_tree_*`',
    '`monotonicCst`',
    'Categories are split as sets. A column of more than 65,535 different values is cut at as many quantiles. `maxSamples` is at most 1 as a share.',
  ],
  [
    '`hist_gradient_boosting_*`',
    '`interactionCst`; `categoricalFeatures` (follows the types of the columns); `scoring` (early stopping goes by the loss)',
    '`subsample` is ours. `monotonicCst` goes by column names. A column of more values than `maxBins` gets bins of equal weight, and of categories more groupings are tried. Rows of weight 0 do not count for `minSamplesLeaf`. One tree moves log odds by 5 at most, so that a rare class does not run away.',
  ],
  [
    '`logistic_regression`',
    '`solver` (chosen by the shape of the data), `l1Ratio`, `dual`, `interceptScaling`',
    '`penalty` "none" is scikit-learn\'s null. `tol` bounds the gradient of the mean loss in coordinates where each feature has variance 1. The intercept is never penalised.',
  ],
  [
    '`linear_regression`, `ridge`, `lasso`, `elastic_net`',
    '`positive`; `solver`, `maxIter` and `tol` of ridge, which is solved directly; `precompute`, `selection`',
    'Features far apart in scale keep their rank, which scikit-learn takes for none beside the largest.',
  ],
  [
    '`k_neighbors_*`',
    '`metricParams`, other metrics, `p` below 1',
    'Row weights count in the vote. Of equally near rows the first is taken. More neighbours than rows: all are asked, with a warning.',
  ],
  [
    '`gaussian_nb`, `multinomial_nb`, `categorical_nb`',
    '`priors`, `classPrior`, `minCategories`, `forceAlpha`; `alpha` 0',
    'A category that training did not see says nothing, where scikit-learn fails.',
  ],
  [
    '`linear_svc`, `linear_svr`',
    '`penalty` "l1", `dual`, `multiClass`, `interceptScaling` (1: the intercept is penalised)',
    "The same minimum, found by Newton's method where losses are squared and features few.",
  ],
  [
    '`svc`, `svr`',
    '`kernel` "sigmoid" and "precomputed", `probability`, `shrinking`, `decisionFunctionShape`, `breakTies`',
    'Equal votes of pairs are decided by the margins (`breakTies` true). `classWeight` "balanced" counts rows by their weights. At most 20,000 rows.',
  ],
  [
    '`mlp_*`',
    '`loss` of the regressor, `maxFun`; `hiddenLayerSizes` as a number',
    'A regression learns its target in units of mean 0 and variance 1, so prices in euros need no scaling by hand.',
  ],
  ['`k_means`', '`init` as centres', '`target` may name known groups to score the clusters against.'],
];

/** docs/algorithms.md: every algorithm with its parameter table. */
export function algorithmsPage(): string {
  const overview = markdownTable(
    ['algorithm', 'task', 'what it is for'],
    ALGORITHMS.map((algorithm) => [
      `[\`${algorithm.name}\`](#${algorithm.name})`,
      algorithm.task,
      algorithm.summary,
    ]),
  );
  return [
    generatedNote('the tables in src/learn/estimators'),
    '# Algorithms',
    'Names and defaults of parameters are those of scikit-learn, in camelCase. `GET /internal/algorithms` answers the same tables as JSON.',
    overview,
    '## Where they differ from scikit-learn',
    "`randomState` is the `seed` of the training, `nJobs` its threads; `verbose`, `warmStart` and `copyX` mean nothing to a service, and no parameter is a function. Rows come with a column of weights (`sampleWeight`), missing values, texts and dates: docs/guide/preprocessing.md says what becomes of them. Where nothing else is said below, equal data and parameters have scikit-learn's answer, but for what is drawn at random.",
    markdownTable(['algorithms', 'not taken', 'otherwise'], DIFFERENCES),
    ...ALGORITHMS.map(section),
    '',
  ].join('\n\n');
}

function section(algorithm: Algorithm): string {
  const { categories, missing, scaleSensitive } = algorithm.input;
  const preparation = [
    categories === 'one_hot' ? 'categories one-hot by default' : 'categories as codes',
    missing === 'native' ? 'takes missing values itself' : 'missing values are filled before',
    scaleSensitive ? 'features are standardised by default' : 'features are not scaled by default',
  ].join('; ');
  const rows = algorithm.parameters.map((parameter) => [
    `\`${parameter.name}\``,
    describeRules(parameter.accepts),
    `\`${JSON.stringify(parameter.default)}\``,
    parameter.description,
  ]);
  const table =
    rows.length === 0
      ? 'No parameters.'
      : markdownTable(['parameter', 'value', 'default', 'what it does'], rows);
  return [`## ${algorithm.name}`, `${algorithm.title} (${algorithm.task}): ${preparation}.`, table].join(
    '\n\n',
  );
}
