import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScorerReply } from '../../src/models/export/scorer/scorer.js';
import { hasBrowser, resultOfPage } from '../support/browser.js';
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
/** Chooses the bundle in the page of the example, as a person does, and fills in a row. */
const PERSON = `<script type="module">
  const chosen = new DataTransfer();
  chosen.items.add(new File([await (await fetch('/bundle.zip')).blob()], 'bundle.zip'));
  const file = document.getElementById('file');
  const answer = document.getElementById('answer');
  const shown = () => new Promise((resolve) => {
    new MutationObserver(resolve).observe(answer, { childList: true, characterData: true, subtree: true });
  });
  const opened = shown();
  file.files = chosen.files;
  file.dispatchEvent(new Event('change'));
  await opened;
  const row = await (await fetch('/row.json')).json();
  for (const [name, value] of Object.entries(row)) document.getElementsByName(name)[0].value = value;
  const predicted = shown();
  document.getElementById('form').dispatchEvent(new Event('input'));
  await predicted;
  await fetch('/result', { method: 'POST', body: answer.textContent });
</script>`;

/** What the guide and the examples say is done as it stands there. */
describe('the guide to predictions, and the examples', () => {
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
  const download = async (name: string) => {
    const headers = { authorization: user.authorization };
    const answer = await fetch(`${service.url}/models/${modelId}/${name}`, { headers });
    return Buffer.from(await answer.arrayBuffer());
  };

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

  it('curl: asks the model and downloads every form of it', async () => {
    const { stdout } = await inShell(`bash '${here('examples/curl/predict.sh')}' "$ROW"`, {
      ROW: JSON.stringify(ROW),
    });
    expect(JSON.parse(stdout.split('\n')[0]!).predictions[0]).toEqual(expected);
    const files = await readdir(folder);
    for (const ending of ['.zip', '.onnx', 'scorer.mjs']) {
      expect(files.some((name) => name.endsWith(ending))).toBe(true);
    }
  });

  it('Node: predicts with a bundle and the module beside it', async () => {
    await copyFile(here('examples/node/predict.mjs'), join(folder, 'predict.mjs'));
    await writeFile(join(folder, 'scorer.mjs'), await download('scorer.mjs'));
    await writeFile(join(folder, 'model.zip'), await download('bundle'));
    const args = ['predict.mjs', 'model.zip', JSON.stringify([ROW])];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    expect(JSON.parse(stdout).predictions).toEqual([expected]);
  });

  it('browser: the page opens a bundle that is chosen, and predicts what is filled in', async () => {
    if (!hasBrowser()) return;
    const page = (await readFile(here('examples/browser/index.html'), 'utf8')) + PERSON;
    const shown = (await resultOfPage({
      '/': { type: 'text/html', content: page },
      '/scorer.mjs': { type: 'text/javascript', content: await download('scorer.mjs') },
      '/bundle.zip': { type: 'application/zip', content: await download('bundle') },
      '/row.json': { type: 'application/json', content: JSON.stringify(ROW) },
    })) as ScorerReply;
    expect(shown.predictions).toEqual([expected]);
  });
});
