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
describe('the guide to predictions and versions', () => {
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
        ME: user.authorization,
        ...more,
      },
    });
  async function blocksOf(page: string): Promise<string[]> {
    const guide = await readFile(here(`docs/guide/${page}.md`), 'utf8');
    return [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
  }
  const asked = async (path: string) =>
    (await (
      await fetch(`${service.url}${path}`, { headers: { authorization: user.authorization } })
    ).json()) as Record<string, Record<string, unknown>[]>;

  it(
    'the lines of the guide are answered as they stand there',
    async () => {
      await copyFile(here('test/fixtures/data/penguins.csv'), join(folder, 'penguins.csv'));
      const blocks = await blocksOf('predictions');
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

  it(
    'the lines on versions, the log and drift are answered as they stand there',
    async () => {
      const [versions, keep, newest, one, drift, ...more] = await blocksOf('versions');
      expect(more).toEqual([]);
      const script = (block: string | undefined, variables = {}) => inShell(`${CURL}${block}`, variables);
      expect(JSON.parse((await script(versions)).stdout).versions[0]).toMatchObject({ version: 1 });
      expect(JSON.parse((await script(keep)).stdout)).toMatchObject({ sampleShare: 0.1, keepDays: 30 });
      // A tenth is kept: of so many, some.
      for (let k = 0; k < 200; k++) {
        const reply = await fetch(`${service.url}/models/${modelId}/predict`, {
          method: 'POST',
          headers: { authorization: user.authorization, 'content-type': 'application/json' },
          body: JSON.stringify({ rows: [ROW] }),
        });
        expect(reply.status).toBe(200);
      }
      const kept = async () => (await asked(`/models/${modelId}/predictions`))['predictions']!;
      await expect.poll(async () => (await kept()).length, { timeout: 20_000 }).toBeGreaterThan(0);
      const { predictions } = JSON.parse((await script(newest)).stdout);
      const PREDICTION_ID = predictions.at(-1).predictionId as string;
      const lines = (await script(one, { PREDICTION_ID })).stdout;
      expect(lines).toContain(`"predictionId":"${PREDICTION_ID}"`);
      expect(lines).toMatch(/"nActuals":1\b/);
      const { rows } = await asked(`/predictions/${PREDICTION_ID}`);
      expect(rows).toMatchObject([{ row: 0, actual: 'Chinstrap' }]);
      expect(JSON.parse((await script(drift)).stdout)).toMatchObject({ nRows: expect.any(Number) });
    },
    TIMEOUT_MS,
  );
});
