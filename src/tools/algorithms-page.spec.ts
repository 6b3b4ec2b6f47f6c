import { describe, expect, it } from 'vitest';
import type { ParameterValue } from '../learn/parameters.js';
import { ALGORITHMS } from '../learn/registry.js';
import { readOracles } from '../learn/testing/read-oracles.js';
import { algorithmsPage } from './algorithms-page.js';

const { algorithms } = readOracles<{ algorithms: Record<string, Record<string, ParameterValue>> }>(
  'signatures.json',
);
/** Said once for all on the page. */
const OF_NO_USE = ['randomState', 'nJobs', 'verbose', 'warmStart', 'copyX'];
/** The same, said otherwise: JSON cannot tell all features (1.0) from one, and theirs calls l2 deprecated as a word. */
const SAID_OTHERWISE: Readonly<Record<string, ParameterValue>> = {
  'random_forest_regressor.maxFeatures': null,
  'extra_trees_regressor.maxFeatures': null,
  'logistic_regression.penalty': 'l2',
};
const [, differences = ''] = algorithmsPage().split('## Where they differ');
const rows = differences.split('\n').filter((line) => line.startsWith('| '));

/** What the page says of an algorithm, its family's names ending in a star. */
function saidOf(name: string): string {
  const isAbout = (line: string) =>
    (line.split(' | ')[0] as string)
      .slice(2)
      .replaceAll('`', '')
      .split(', ')
      .some((part) => (part.endsWith('*') ? name.startsWith(part.slice(0, -1)) : part === name));
  return rows.filter(isAbout).join();
}

describe.each(ALGORITHMS)("$name beside scikit-learn's", ({ name, parameters }) => {
  const theirs = algorithms[name] ?? {};
  const own = new Map(parameters.map((parameter) => [parameter.name, parameter.default]));

  it('has the same defaults', () => {
    for (const [parameter, value] of own) {
      const same = SAID_OTHERWISE[`${name}.${parameter}`];
      if (!Object.hasOwn(theirs, parameter)) expect(saidOf(name), parameter).toContain(`\`${parameter}\``);
      else expect(value, parameter).toEqual(same === undefined ? theirs[parameter] : same);
    }
  });

  it('has each parameter, or the page says that it has not', () => {
    for (const parameter of Object.keys(theirs)) {
      if (own.has(parameter) || OF_NO_USE.includes(parameter)) continue;
      expect(saidOf(name), parameter).toContain(`\`${parameter}\``);
    }
  });
});
