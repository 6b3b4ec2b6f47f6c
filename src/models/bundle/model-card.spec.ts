import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../learn/json.js';
import { toyContent } from '../testing/toy-bundle.js';
import { writeModelCard } from './model-card.js';

describe('the model card', () => {
  it('shows the scores of the summary, and says where the rest is', () => {
    const metrics = { accuracy: 0.87654321, rocAuc: 0.9 };
    const card = writeModelCard({ ...toyContent(), report: { summary: { nRows: 7, metrics } } });
    expect(card).toContain('| accuracy | 0.876543 |\n| rocAuc | 0.9 |\n');
    expect(card).not.toContain('nRows');
  });

  it('points to the report when there are no scores', () => {
    const reports: JsonObject[] = [{}, { summary: null }, { summary: { metrics: [] } }];
    for (const report of reports) {
      expect(writeModelCard({ ...toyContent(), report })).toContain('See report.json.');
    }
  });

  it('lets no name of a column become markup', () => {
    const { signature } = toyContent();
    const inputs = [{ ...signature.inputs[0]!, name: '# a | <b>\n## c' }];
    const card = writeModelCard({ ...toyContent(), signature: { ...signature, inputs } });
    expect(card).toContain('| \\# a \\| \\<b\\> \\#\\# c | number |');
  });
});
