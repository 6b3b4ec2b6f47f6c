import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import * as users from '../support/users.js';

const run = promisify(execFile);
const TIMEOUT_MS = 180_000;
const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const ROW = {
  island: 'Dream',
  bill_length_mm: 49.3,
  bill_depth_mm: 19.9,
  flipper_length_mm: 203,
  body_mass_g: 4050,
  sex: 'male',
  year: 2009,
};

/** Ends a script at the first refusal, and remembers the id that an answer has. */
const CURL = `set -euo pipefail
curl() {
  command curl --fail-with-body --max-time 120 "$@" >last || { cat last >&2; exit 1; }
  cat last
  local id
  id=$(node -p 'try { JSON.parse(fs.readFileSync("last", "utf8")).id ?? "" } catch { "" }')
  if [ -n "$id" ]; then FILE=$id; fi
}
`;
/** What the guide says is done as it stands there. */
describe('the guide to predictions', () => {
  let trainer: RunningService;
  let service: RunningService;
  let user: users.TestUser;
  let modelId: string;
  let folder: string;
  let expected: { label: string; probabilities: object };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-test-guide-'));
    trainer = await startService();
    user = await users.newUser(trainer);
    const datasetId = await users.newDataset(user);
    users.expectStatus(await users.upload(user, datasetId, await users.fixture('penguins.csv')), 201);
    modelId = await users.newModel(user);
    const request = { datasetId, algorithm: 'random_forest_classifier', target: 'species' };
    const events = await users.outcomeOf(trainer, await users.train(user, modelId, request));
    expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
    await trainer.end();
    service = await startService({
      STORAGE_DIR: trainer.storageDir,
      DATABASE_URL: trainer.databaseUrl,
      DEFAULT_MODEL_ID: modelId,
    });
    const reply = await fetch(`${service.url}/models/${modelId}/predict`, {
      method: 'POST',
      headers: { authorization: user.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ rows: [ROW] }),
    });
    const { predictions } = (await reply.json()) as { predictions: (typeof expected)[] };
    expected = predictions[0]!;
  }, TIMEOUT_MS);
  afterAll(async () => {
    await service?.stop();
    await trainer?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const inShell = (script: string, more: Record<string, string> = {}) =>
    run('bash', ['-c', script], {
      cwd: folder,
      timeout: TIMEOUT_MS,
      env: {
        PATH: process.env['PATH'],
        YARD: service.url,
        MODEL: modelId,
        TOKEN: user.authorization.replace('Bearer ', ''),
        AUTH: `authorization: ${user.authorization}`,
        ...more,
      },
    });
  it(
    'the lines of the guide are answered as they stand there',
    async () => {
      await copyFile(here('test/fixtures/data/penguins.csv'), join(folder, 'penguins.csv'));
      const guide = await readFile(here('docs/guide/predictions.md'), 'utf8');
      const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
      expect(blocks.length).toBeGreaterThanOrEqual(5);
      const answers: string[] = [];
      for (const block of blocks) answers.push((await inShell(`${CURL}${block}`)).stdout);
      expect(JSON.parse(answers[0]!).predictions[0]).toMatchObject({ ...expected, columns: { id: 'p1' } });
      const predicted = await readFile(join(folder, 'predicted.csv'), 'utf8');
      expect(predicted.split('\n')[0]).toContain('"species_predicted"');
      expect((await readFile(join(folder, 'predicted.parquet'))).subarray(0, 4).toString()).toBe('PAR1');
    },
    TIMEOUT_MS,
  );
});
