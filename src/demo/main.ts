import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Journey, type PredictionAnswer } from './journey.js';
import { PEOPLE } from './people.js';
import { type ServiceProcess, startServiceProcess } from './service-process.js';
import { grouped, heading, ProgressBar, print } from './terminal.js';
import { type ClassificationReport, showPredictions, showReport, showSchema } from './views.js';

const CENSUS = fileURLToPath(new URL('../../examples/data/adult.csv.gz', import.meta.url));
const PREDICT_BUNDLE = fileURLToPath(new URL('../tools/predict-bundle.js', import.meta.url));

/** Runs the main job from start to end as its users would. Everything it makes lies in one folder that it removes. */
async function main(): Promise<void> {
  const startedMs = performance.now();
  const workDir = mkdtempSync(join(tmpdir(), 'trainyard-demo-'));
  let service: ServiceProcess | undefined;
  const cleanUp = async (): Promise<void> => {
    await service?.stop();
    rmSync(workDir, { recursive: true, force: true });
  };
  process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)));
  try {
    heading('operator', 'start the service with its embedded database, store and data server');
    service = await startServiceProcess({ STORAGE_DIR: join(workDir, 'storage'), LOG_LEVEL: 'info' });
    print(`   service ${service.url}   data server ${service.dataServerUrl}`);
    await tellTheStory(new Journey(service.url, service.dataServerUrl), workDir);
  } finally {
    await cleanUp();
  }
  print();
  print(`Done in ${((performance.now() - startedMs) / 1000).toFixed(1)} s; everything was cleaned up.`);
}

async function tellTheStory(journey: Journey, workDir: string): Promise<void> {
  heading('data scientist', 'register and log in at the data server, create the records');
  const dana = await journey.logIn('dana');
  const datasetId = await journey.createDatasetRecord(dana, 'Adult census');
  const modelId = await journey.createModelRecord(dana, 'Income');
  print(`   data set ${datasetId}   model ${modelId}`);

  heading('data scientist', 'upload the Adult census with the data server’s credentials');
  const uploaded = await journey.upload(dana, datasetId, CENSUS, 'application/gzip');
  print(
    `   ${grouped(uploaded.nBytes)} bytes, ${grouped(uploaded.nRows)} rows, ${uploaded.nColumns} columns`,
  );
  print();
  showSchema(await journey.atService(dana).json('GET', `/datasets/${datasetId}`));

  heading('data server', 'start a random forest on the data scientist’s behalf');
  const training = await journey.startTraining(dana, modelId, {
    datasetId,
    algorithm: 'random_forest_classifier',
    target: 'income',
    parameters: { nEstimators: 100 },
    seed: 7,
  });
  print(`   202, training ${training.id}`);
  const progressBar = new ProgressBar();
  await journey.followTraining(dana, modelId, ({ status, progress, etaSeconds }) =>
    progressBar.update(status, progress, etaSeconds),
  );
  progressBar.end();
  const record = await journey.awaitCallback(dana, modelId);
  print(
    `   signed callback received and verified: ${record.trainingStatus}, version ${record.lastOutcome?.modelVersion}`,
  );

  heading('data scientist', 'read the report');
  showReport(await journey.atService(dana).json<ClassificationReport>('GET', `/models/${modelId}/report`));

  heading('data scientist', 'share the model; end user: ask it about three new people');
  await dana.json('PATCH', `/models/${modelId}`, { shared: true });
  const erik = await journey.logIn('erik');
  const answer = await journey.predict(
    erik,
    modelId,
    PEOPLE.map(({ row }) => row),
  );
  showPredictions(
    PEOPLE.map(({ name }) => name),
    answer,
  );

  heading('end user', 'download the bundle and open it in a fresh process that has only the bundle');
  const { bytes, digest } = await journey.downloadBundle(erik, modelId);
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  if (digest !== `sha-256=:${sha256}:`) throw new Error('the bundle does not match its digest');
  print(`   ${grouped(bytes.length)} bytes, SHA-256 as promised`);
  compare(answer, predictElsewhere(bytes, workDir));
  print('   the same labels and probabilities, to the last bit');
}

/** Predicts in a process that knows no service: a bundle, rows on its standard input, nothing else. */
function predictElsewhere(bundle: Buffer, workDir: string): Pick<PredictionAnswer, 'predictions'> {
  const emptyDir = mkdtempSync(join(workDir, 'fresh-'));
  const path = join(emptyDir, 'bundle.zip');
  writeFileSync(path, bundle);
  const output = execFileSync(process.execPath, [PREDICT_BUNDLE, path], {
    cwd: emptyDir,
    env: {},
    input: JSON.stringify(PEOPLE.map(({ row }) => row)),
    encoding: 'utf8',
  });
  return JSON.parse(output) as PredictionAnswer;
}

function compare(served: PredictionAnswer, alone: Pick<PredictionAnswer, 'predictions'>): void {
  if (JSON.stringify(served.predictions) !== JSON.stringify(alone.predictions)) {
    throw new Error('the bundle answers differently from the service');
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
