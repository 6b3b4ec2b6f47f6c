import { expect, it } from 'vitest';
import type { JsonObject } from '../learn/json.js';
import type { ModelVersion } from './model-types.js';
import { renderReportPage } from './report-page.js';

const VERSION: ModelVersion = {
  modelId: 'm',
  version: 3,
  trainingId: null,
  algorithm: 'k_means',
  task: 'clustering',
  signature: { task: 'clustering', inputs: [], target: { name: null, type: 'number' }, ignored: [] },
  bundleKey: 'b',
  nBytes: 1,
  sha256: '',
  summary: null,
  lineage: null,
  tags: {},
  createdAt: new Date(0),
};
const pageOf = (report: JsonObject): string => renderReportPage('Birds', VERSION, report);

it.each([
  ['held-out rows', { training: 80, heldOut: 20, evaluated: 18 }, 'evaluated on 18 that it had not seen.'],
  ['no held-out rows', { training: 80, heldOut: 0, evaluated: 80 }, 'evaluated on the same.'],
  ['refused rows', { training: 80, heldOut: 20, evaluated: 0 }, 'not evaluated.'],
])('says what the scores are of: %s', (_, nRows, words) => {
  expect(pageOf({ nRows })).toContain(`Fitted on 80 rows, ${words}`);
});

it('shows what the fit says of itself', () => {
  const page = pageOf({ facts: { iterations: 12, converged: false, oobScore: null } });
  expect(page).toContain('Facts of the fit');
  expect(page).toMatch(/iterations.*12.*converged.*no/s);
  expect(page).not.toContain('oob');
  expect(pageOf({ facts: {} })).not.toContain('Facts of the fit');
});
