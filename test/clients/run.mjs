/**
 * Starts the built service, trains a model, and asks it with real clients from the Python package index; and runs the ONNX
 * model of another one in Python's onnxruntime. Ends with 0 when all of them got what the native route says, with 1 when
 * one did not, and with 77 (said on stderr) where there is no Python or no package index: then nothing was found out.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startServiceProcess } from '../../dist/demo/service-process.js';

const SKIPPED = 77;
const HERE = new URL('.', import.meta.url).pathname;
const EXAMPLES = join(HERE, '..', '..', 'examples');
/** So many people of the adult data are asked after, and how near the ONNX model must come. */
const N_PEOPLE = 500;
const TOLERANCE = 1e-5;
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
  let onnxStatus;
  try {
    const authorization = await register(first);
    const csv = readFileSync(join(HERE, '..', 'fixtures', 'data', 'penguins.csv'));
    trained = await trainModel(first, authorization, csv, {
      algorithm: 'random_forest_classifier',
      target: 'species',
    });
    onnxStatus = await askOnnxModel(python, first, authorization);
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
    const status = spawnSync(python, [join(HERE, 'clients.py'), ...asked], { stdio: 'inherit' }).status ?? 1;
    return status || onnxStatus;
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

/** examples/python/predict_onnx.py with people of the adult data, held against the service. @returns 0 or 1 */
async function askOnnxModel(python, service, authorization) {
  const csv = gunzipSync(readFileSync(join(EXAMPLES, 'data', 'adult.csv.gz')));
  const request = { algorithm: 'hist_gradient_boosting_classifier', target: 'income' };
  const { modelId } = await trainModel(service, authorization, csv, request);
  const model = await fetch(`${service.url}/models/${modelId}/onnx`, { headers: { authorization } });
  if (!model.ok) throw new Error(`the ONNX model: ${model.status} ${await model.text()}`);
  const [modelPath, rowsPath] = ['adult.onnx', 'people.csv'].map((name) => join(folder, name));
  writeFileSync(modelPath, Buffer.from(await model.arrayBuffer()));
  const [header, ...people] = csv
    .toString()
    .split('\n', N_PEOPLE + 1)
    .map((line) => line.split(',').map((cell) => cell.trim()));
  writeFileSync(rowsPath, [header, ...people].map((cells) => `${cells.join()}\n`).join(''));
  const rows = people.map((cells) => Object.fromEntries(header.map((name, k) => [name, cells[k]])));
  const { predictions } = await call(`${service.url}/models/${modelId}/predict`, { rows }, authorization);
  const script = join(EXAMPLES, 'python', 'predict_onnx.py');
  const told = execFileSync(python, ['-B', script, modelPath, rowsPath], { encoding: 'utf8' });
  const answers = told
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  let largest = answers.length === predictions.length ? 0 : Number.POSITIVE_INFINITY;
  for (const [i, { label, probabilities }] of predictions.entries()) {
    if (answers[i]?.label !== label) largest = Number.POSITIVE_INFINITY;
    for (const [name, share] of Object.entries(probabilities)) {
      // A name that is not there gives NaN, which is below nothing.
      const difference = Math.abs((answers[i]?.probabilities[name] ?? Number.NaN) - share);
      largest = Math.max(difference, largest);
    }
  }
  const isNear = largest <= TOLERANCE;
  process.stdout.write(
    `${isNear ? 'ok     ' : 'FAILED '} onnx_model: ${answers.length} rows, ${largest} apart at most\n`,
  );
  return isNear ? 0 : 1;
}

async function register({ dataServerUrl }) {
  const ada = { name: 'ada', email: 'ada@example.org', password: 'correct horse battery' };
  await call(`${dataServerUrl}/register`, ada);
  const { token } = await call(`${dataServerUrl}/login`, { name: ada.name, password: ada.password });
  return `Bearer ${token}`;
}

async function trainModel({ url, dataServerUrl }, authorization, csv, request) {
  const name = request.target;
  const { id: datasetId } = await call(`${dataServerUrl}/datasets`, { name }, authorization);
  const { id: modelId } = await call(`${dataServerUrl}/models`, { name }, authorization);
  await send(`${url}/datasets/${datasetId}/content`, 'PUT', csv, 'text/csv', authorization);
  await call(`${dataServerUrl}/models/${modelId}/train`, { datasetId, ...request }, authorization);
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
