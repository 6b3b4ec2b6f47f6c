import type { Algorithm } from '../learn/estimator.js';
import { ALGORITHMS } from '../learn/registry.js';
import { describeRules } from '../learn/validate-parameters.js';
import { generatedNote, markdownTable } from './markdown.js';

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
