import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeGoldenRows } from '../../src/learn/pipeline/golden-rows.js';
import { Random } from '../../src/learn/random.js';
import { ALGORITHMS } from '../../src/learn/registry.js';
import { writeBundle } from '../../src/models/bundle/write-bundle.js';
import { NEW_ROWS, OPTIONS, TARGETS, trainMixed } from '../../src/models/export/testing/mixed-rows.js';

const SCORER = new URL('../../dist/models/export/scorer/scorer.mjs', import.meta.url);
const signingKey = generateKeyPairSync('ed25519').privateKey;

/** Opens bundles with the module alone and prints what they predict. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { openBundle } from './scorer.mjs';
const rows = JSON.parse(readFileSync('rows.json', 'utf8'));
const answers = {};
for (const name of process.argv.slice(2)) {
  try {
    answers[name] = (await openBundle(readFileSync(name + '.zip'))).predict(rows);
  } catch (error) {
    answers[name] = { error: String(error.stack), problems: error.problems };
  }
}
console.log(JSON.stringify(answers));
`;

describe('the scorer module in a process that has nothing else', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-test-scorer-'));
    await copyFile(SCORER, join(folder, 'scorer.mjs'));
    await writeFile(join(folder, 'program.mjs'), PROGRAM);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function ask(rows: object[], names: string[]): Promise<Record<string, Record<string, unknown>>> {
    await writeFile(join(folder, 'rows.json'), JSON.stringify(rows));
    const options = { cwd: folder, maxBuffer: 2 ** 26, env: {} };
    const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs', ...names], options);
    return JSON.parse(stdout) as Record<string, Record<string, unknown>>;
  }

  async function write(name: string, algorithm: string, target: string | null, options = {}) {
    const pipeline = await trainMixed({ algorithm, target, ...options });
    await writeBundle(join(folder, `${name}.zip`), {
      pipeline,
      report: { summary: { metrics: {} } },
      golden: makeGoldenRows(pipeline, new Random(5)),
      meta: { createdAt: '2026-01-02T03:04:05.000Z', producer: 'test 1', model: { id: 'm1', name: 'M' } },
      signingKey,
    });
    return pipeline;
  }

  it('gives the numbers of the service to the bit, with every algorithm', async () => {
    const expected: Record<string, unknown> = {};
    for (const { name, task } of ALGORITHMS) {
      const pipeline = await write(name, name, TARGETS[task], OPTIONS[name]);
      const { outputs, warnings } = pipeline.predictRows(NEW_ROWS);
      expected[name] = { predictions: pipeline.decode(outputs, NEW_ROWS.length), warnings };
    }
    const found = await ask(NEW_ROWS, Object.keys(expected));
    expect(found).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it('opens bundles with neighbours, hashes and a curve', async () => {
    const columns = { size: { missing: 'knn' }, town: { encoding: 'hashing' } };
    const pipeline = await write('steps', 'logistic_regression', 'label', {
      columns,
      normalization: 'power',
    });
    const { outputs } = pipeline.predictRows(NEW_ROWS);
    const { steps } = await ask(NEW_ROWS, ['steps']);
    expect(steps?.['predictions']).toEqual(pipeline.decode(outputs, NEW_ROWS.length));
  });

  it('says which rows it cannot predict, and what is no bundle', async () => {
    await write('plain', 'ridge', 'value');
    await writeFile(join(folder, 'damaged.zip'), 'not a zip');
    const { plain, damaged } = await ask([{ size: 1 }], ['plain', 'damaged']);
    expect(plain?.['problems']).toContainEqual(
      expect.objectContaining({ code: 'missing_column', row: 0, column: 'colour' }),
    );
    expect(damaged?.['error']).toMatch(/not a zip archive/);
  });
});
