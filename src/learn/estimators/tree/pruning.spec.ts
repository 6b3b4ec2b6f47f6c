import { describe, expect, it } from 'vitest';
import { decisionTreeClassifier, decisionTreeRegressor } from './decision-tree.js';
import { classes, dataOf, fitWith, numbers, predictRows } from './testing/fit-helpers.js';
import fixture from './testing/pruning-fixture.json' with { type: 'json' };

/**
 * Between two steps of the pruning path the pruned tree is the same whichever of two equal splits the full tree took
 * further down. Tolerance 1e-9: both sides add at most 120 doubles.
 */
describe('cost-complexity pruning', () => {
  it.each(fixture.cases)(
    'keeps the $nLeaves leaves that scikit-learn keeps ($task, $ccpAlpha)',
    async (expected) => {
      const isClassifier = expected.task === 'classification';
      const y = isClassifier ? classes(fixture.codes) : numbers(fixture.values);
      const algorithm = isClassifier ? decisionTreeClassifier : decisionTreeRegressor;
      const { ccpAlpha } = expected;
      const tree = await fitWith(algorithm, dataOf(fixture.rows, y), { ccpAlpha });
      expect(tree.facts?.['nLeaves']).toBe(expected.nLeaves);
      predictRows(tree, fixture.rows).forEach((row, i) => {
        row.forEach((value, c) => {
          expect(value).toBeCloseTo(expected.predictions[i]?.[c] as number, 9);
        });
      });
      tree.featureImportances?.forEach((share, j) => {
        expect(share).toBeCloseTo(expected.importances[j] as number, 9);
      });
    },
  );
});
