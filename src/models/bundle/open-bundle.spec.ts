import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GoldenRows, makeGoldenRows } from '../../learn/pipeline/golden-rows.js';
import {
  columnFrom,
  tableFrom,
  toyAlgorithm,
  toyContext,
  toySpec,
} from '../../learn/pipeline/testing/toys.js';
import { trainPipeline } from '../../learn/pipeline/train-pipeline.js';
import { Random } from '../../learn/random.js';
import { type Entries, repack, toyContent, unpack, withFolder } from '../testing/toy-bundle.js';
import { openBundle } from './open-bundle.js';
import { writeBundle } from './write-bundle.js';

const algorithm = toyAlgorithm('regression');
const findAlgorithm = () => algorithm;

async function trained() {
  const n = 60;
  const numbers = Array.from({ length: n }, (_, i) => i / 7);
  const table = tableFrom([
    columnFrom('x', 'number', numbers),
    columnFrom(
      'job',
      'text',
      numbers.map((_, i) => ['a', 'b', 'c'][i % 3] as string),
    ),
    columnFrom(
      'y',
      'number',
      numbers.map((value) => value * 2),
    ),
  ]);
  const { pipeline } = await trainPipeline(table, toySpec(algorithm), toyContext(algorithm));
  return pipeline;
}

/** Writes a bundle of a trained pipeline, lets `change` work on its files, and opens it. */
function reopened(change?: (entries: Entries) => void) {
  return withFolder(async (folder) => {
    const path = join(folder, 'b.zip');
    const pipeline = await trained();
    const { meta, signingKey, report } = toyContent();
    const golden = makeGoldenRows(pipeline, new Random(7));
    await writeBundle(path, { pipeline, report, golden, meta, signingKey });
    if (change !== undefined) {
      const entries = await unpack(path);
      change(entries);
      await repack(path, entries);
    }
    return { before: pipeline, bundle: await openBundle(path, { findAlgorithm }) };
  });
}

function changeJson<T>(entries: Entries, name: string, change: (value: T) => void): void {
  const value = JSON.parse(String(entries.get(name))) as T;
  change(value);
  entries.set(name, Buffer.from(JSON.stringify(value)));
}

const rows = [
  { x: 0.1, job: 'a' },
  { x: null, job: 'never seen' },
  { x: 1e300, job: null },
];

describe('an opened bundle', () => {
  it('predicts what the pipeline predicted that was written, to the bit', async () => {
    const { before, bundle } = await reopened();
    expect(bundle.pipeline.predictRows(rows)).toEqual(before.predictRows(rows));
    expect(bundle.pipeline.signature).toEqual(before.signature);
    expect(Object.keys(bundle.manifest.parts)).toContain('normalize_scaler');
    expect(bundle.modelCard).toContain('# Toy');
  });

  it('is refused when a golden row gives another number in its last bit', async () => {
    const spoil = (entries: Entries) =>
      changeJson<{ outputs: number[][] }>(entries, 'golden.json', ({ outputs }) => {
        const row = outputs[3] as number[];
        row[0] = (row[0] as number) * (1 + Number.EPSILON);
      });
    await expect(reopened(spoil)).rejects.toMatchObject({
      code: 'bundle_invalid',
      detail: expect.stringMatching(/golden row 3/),
    });
  });

  it.each<[string, (golden: { -readonly [K in keyof GoldenRows]: unknown }) => void]>([
    ['no rows', (golden) => Object.assign(golden, { rows: [], outputs: [] })],
    ['rows that are no list', (golden) => Object.assign(golden, { rows: {} })],
    ['outputs that are no list', (golden) => Object.assign(golden, { outputs: null })],
    [
      'fewer outputs than rows',
      (golden) => Object.assign(golden, { outputs: (golden.outputs as unknown[]).slice(1) }),
    ],
  ])('is refused with golden rows of %s', async (_name, change) => {
    await expect(reopened((entries) => changeJson(entries, 'golden.json', change))).rejects.toMatchObject({
      code: 'bundle_invalid',
    });
  });

  it('is refused when the learned state does not fit together', async () => {
    const spoil = (entries: Entries) =>
      changeJson<{ steps: string[] }>(entries, 'pipeline.json', (config) => config.steps.reverse());
    await expect(reopened(spoil)).rejects.toMatchObject({
      code: 'bundle_invalid',
      detail: expect.stringMatching(/learned state is damaged/),
    });
  });

  it('is refused when its signature.json is not that of the pipeline', async () => {
    const spoil = (entries: Entries) =>
      changeJson<{ inputs: unknown[] }>(entries, 'signature.json', ({ inputs }) => inputs.pop());
    await expect(reopened(spoil)).rejects.toMatchObject({ code: 'bundle_invalid' });
  });
});
