import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openBundle } from './open-bundle.js';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../test/fixtures/bundles/${name}`, import.meta.url));

/** A version of the format is promised to load for ever: these files are never made anew. */
describe('bundles of every format version', () => {
  it('opens a random forest of version 1 and predicts the numbers of the day when it was written', async () => {
    const { manifest, pipeline } = await openBundle(fixture('format-1-random-forest.zip'));
    expect(manifest).toMatchObject({ formatVersion: 1, algorithm: 'random_forest_classifier' });
    const row = { age: 30, hours: 3, job: 'cook', hired: '2024-01-01' };
    const { outputs } = pipeline.predictRows([row]);
    expect(pipeline.decode(outputs, 1)).toEqual([
      { label: '>50K', probabilities: { '<=50K': 0.4, '>50K': 0.6 } },
    ]);
  });
});
