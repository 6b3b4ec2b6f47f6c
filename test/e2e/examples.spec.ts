import { execFile, execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Prediction } from '../../src/learn/pipeline/fitted-pipeline.js';
import { hasBrowser, resultOfPage } from '../support/browser.js';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const ROW = {
  island: 'Biscoe',
  bill_length_mm: 47.5,
  bill_depth_mm: 14.2,
  flipper_length_mm: 209,
  body_mass_g: 4600,
  sex: 'female',
  year: 2008,
};

/** Does to the page what a person does: chooses the bundle, fills the fields in, reads the answer. */
const VISITOR = `<script type="module">
  const answer = document.getElementById('answer');
  const changed = () => new Promise((resolve) => {
    const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
    observer.observe(answer, { childList: true, characterData: true, subtree: true });
  });
  const files = new DataTransfer();
  files.items.add(new File([await (await fetch('/bundle.zip')).arrayBuffer()], 'model.zip'));
  const input = document.getElementById('file');
  input.files = files.files;
  const opened = changed();
  input.dispatchEvent(new Event('change'));
  await opened;
  for (const [name, value] of Object.entries(${JSON.stringify(ROW)})) document.getElementById('form').elements[name].value = value;
  const predicted = changed();
  document.getElementById('form').dispatchEvent(new Event('input'));
  await predicted;
  await fetch('/result', { method: 'POST', body: answer.textContent });
</script>`;

/** Whether Python is there with these packages; where it is not, what needs them is left out, and says so. */
function hasPython(...packages: string[]): boolean {
  try {
    execFileSync('python3', ['-c', ['import sys', ...packages.map((name) => `import ${name}`)].join('\n')], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    const wanted = ['python3', ...packages].join(' with ');
    process.stderr.write(`no ${wanted}: an example in examples/python is not run\n`);
    return false;
  }
}

describe('the examples', () => {
  let service: RunningService;
  let user: TestUser;
  let modelId: string;
  let folder: string;
  let expected: Prediction;
  const run = async (program: string, words: string[], env: Record<string, string> = {}) =>
    (await promisify(execFile)(program, words, { cwd: folder, env: { ...process.env, ...env } })).stdout;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-test-examples-'));
    service = await startService();
    user = await newUser(service);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    modelId = await newModel(user, 'Penguins');
    const algorithm = 'random_forest_classifier';
    const trainingId = await train(user, modelId, { datasetId, algorithm, target: 'species' });
    expect((await outcomeOf(service, trainingId)).at(-1)).toMatchObject({ status: 'succeeded' });
    const predicted = await user.service.post(`/models/${modelId}/predict`, { rows: [ROW] });
    expectStatus(predicted, 200);
    expected = predicted.body.predictions[0];
    for (const name of ['bundle', 'onnx', 'scorer.mjs']) {
      const headers = { authorization: user.authorization };
      const response = await fetch(`${service.url}/models/${modelId}/${name}`, { headers });
      expect(response.status).toBe(200);
      await writeFile(join(folder, name), new Uint8Array(await response.arrayBuffer()));
    }
  });
  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('curl: asks the model and downloads it in every form', async () => {
    const target = join(folder, 'curl');
    await run('mkdir', [target]);
    const { stdout } = await promisify(execFile)(
      'bash',
      [join(EXAMPLES, 'curl', 'predict.sh'), JSON.stringify(ROW)],
      {
        cwd: target,
        env: {
          ...process.env,
          YARD: service.url,
          TOKEN: user.authorization.replace('Bearer ', ''),
          MODEL: modelId,
        },
      },
    );
    expect(JSON.parse(stdout.split('\n')[0] ?? '').predictions).toEqual([expected]);
    expect((await readdir(target)).map((name) => name.replace(/^.*\./, '')).sort()).toEqual([
      'mjs',
      'onnx',
      'zip',
    ]);
  });

  it('Node: predicts with the bundle alone', async () => {
    await copyFile(join(EXAMPLES, 'node', 'predict.mjs'), join(folder, 'predict.mjs'));
    const found = JSON.parse(await run(process.execPath, ['predict.mjs', 'bundle', JSON.stringify([ROW])]));
    expect(found.predictions).toEqual([expected]);
  });

  it.runIf(hasBrowser())('browser: opens a bundle and predicts what is filled in', async () => {
    const page = await readFile(join(EXAMPLES, 'browser', 'index.html'), 'utf8');
    const found = await resultOfPage({
      '/': { type: 'text/html', content: page.replace('</html>', `${VISITOR}</html>`) },
      '/scorer.mjs': { type: 'text/javascript', content: await readFile(join(folder, 'scorer.mjs')) },
      '/bundle.zip': { type: 'application/zip', content: await readFile(join(folder, 'bundle')) },
    });
    expect(found).toMatchObject({ predictions: [expected] });
  });

  it.runIf(hasPython())('Python: reads the bundle without a package', async () => {
    await writeFile(join(folder, 'rows.json'), JSON.stringify([ROW]));
    const script = join(EXAMPLES, 'python', 'open_bundle.py');
    const [found] = JSON.parse(await run('python3', ['-B', script, 'bundle', 'rows.json'])) as number[][];
    for (const [k, share] of Object.values(expected.probabilities ?? {}).entries()) {
      expect(found?.[k]).toBeCloseTo(share, 9);
    }
  });

  it.runIf(hasPython('numpy', 'onnxruntime'))('Python: runs the ONNX model', async () => {
    const csv = [Object.keys(ROW), Object.values(ROW)].map((cells) => cells.join(',')).join('\n');
    await writeFile(join(folder, 'rows.csv'), `${csv}\n`);
    const script = join(EXAMPLES, 'python', 'predict_onnx.py');
    const found = JSON.parse(await run('python3', [script, 'onnx', 'rows.csv']));
    expect(found.label).toBe(expected.label);
    for (const [name, share] of Object.entries(expected.probabilities ?? {})) {
      expect(found.probabilities[name]).toBeCloseTo(share, 5);
    }
  });
});
