/**
 * Starts the built service, trains a model, and asks it with real clients from the Python package index. Ends with 0 when
 * all of them got what the native route says, with 1 when one did not, and with 77 (said on stderr) where there is no
 * Python or no package index: then nothing was found out.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServiceProcess } from '../../dist/demo/service-process.js';

const SKIPPED = 77;
const HERE = new URL('.', import.meta.url).pathname;
const ROWS = [
  {
    island: 'Biscoe',
    bill_length_mm: 47.5,
    bill_depth_mm: 14.2,
    flipper_length_mm: 209,
    body_mass_g: 4600,
    sex: 'female',
    year: 2008,
  },
  {
    island: 'Dream',
    bill_length_mm: null,
    bill_depth_mm: 18.1,
    flipper_length_mm: 181,
    body_mass_g: 3200,
    sex: 'male',
    year: 2009,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'trainyard-clients-'));
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const python = makeEnvironment();
  if (python === undefined) return SKIPPED;
  const settings = { STORAGE_DIR: join(folder, 'storage'), LOG_LEVEL: 'info' };
  const first = await startServiceProcess(settings);
  let trained;
  try {
    trained = await trainModel(first);
  } finally {
    await first.stop();
  }
  const second = await startServiceProcess({
    ...settings,
    DEFAULT_MODEL_ID: trained.modelId,
    DEFAULT_MODEL_AUTHORIZATION: trained.authorization,
  });
  try {
    const asked = [second.url, trained.authorization, trained.modelId, JSON.stringify(ROWS)];
    return spawnSync(python, [join(HERE, 'clients.py'), ...asked], { stdio: 'inherit' }).status ?? 1;
  } finally {
    await second.stop();
  }
}

/** A virtual environment with the clients; undefined, with the reason said, where it cannot be made. */
function makeEnvironment() {
  const venv = join(folder, 'venv');
  try {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'pipe' });
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '-r',
      join(HERE, 'requirements.txt'),
    ];
    execFileSync(join(venv, 'bin', 'python'), pip, { stdio: 'pipe', timeout: 300_000 });
    return join(venv, 'bin', 'python');
  } catch (error) {
    const lines = String(error.stderr ?? error.message)
      .trim()
      .split('\n');
    process.stderr.write(`skipped: no Python with these clients here (${lines.at(-1)})\n`);
    return undefined;
  }
}

async function trainModel({ url, dataServerUrl }) {
  const ada = { name: 'ada', email: 'ada@example.org', password: 'correct horse battery' };
  await call(`${dataServerUrl}/register`, ada);
  const { token } = await call(`${dataServerUrl}/login`, { name: ada.name, password: ada.password });
  const authorization = `Bearer ${token}`;
  const { id: datasetId } = await call(`${dataServerUrl}/datasets`, { name: 'Penguins' }, authorization);
  const { id: modelId } = await call(`${dataServerUrl}/models`, { name: 'Species' }, authorization);
  const csv = readFileSync(join(HERE, '..', 'fixtures', 'data', 'penguins.csv'));
  await send(`${url}/datasets/${datasetId}/content`, 'PUT', csv, 'text/csv', authorization);
  const request = { datasetId, algorithm: 'random_forest_classifier', target: 'species' };
  await call(`${dataServerUrl}/models/${modelId}/train`, request, authorization);
  for (;;) {
    const response = await fetch(`${dataServerUrl}/models/${modelId}/training`, {
      headers: { authorization },
    });
    const { status } = await response.json();
    if (status === 'succeeded') return { authorization, modelId };
    if (['failed', 'canceled', 'timed_out'].includes(status)) throw new Error(`the training ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function call(address, body, authorization) {
  return send(address, 'POST', JSON.stringify(body), 'application/json', authorization);
}

async function send(address, method, body, type, authorization) {
  const headers = { 'content-type': type, ...(authorization === undefined ? {} : { authorization }) };
  const response = await fetch(address, { method, body, headers });
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${await response.text()}`);
  return response.json();
}
