import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HttpUser } from '../../src/demo/http.js';
import { Journey } from '../../src/demo/journey.js';
import { type ServiceProcess, startServiceProcess } from '../../src/demo/service-process.js';

/** The census that the repository ships. */
export const CENSUS = fileURLToPath(new URL('../../../examples/data/adult.csv.gz', import.meta.url));

/** The service as it is delivered; the benches are compiled apart from it. */
const SERVICE_ENTRY = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** A running service with a user who is logged in and has one record of each kind. */
export interface BenchService {
  readonly service: ServiceProcess;
  readonly journey: Journey;
  readonly user: HttpUser;
  readonly datasetId: string;
  readonly modelId: string;
  /** SIGKILL to the service, and a new one on the same storage; what was known of its addresses is void. */
  killAndRestart(): Promise<BenchService>;
  /** The bench with the service that runs now. */
  current(): BenchService;
}

/** Runs `body` against a fresh service, as a user would meet it, and removes everything afterwards. */
export async function withService(
  settings: Readonly<Record<string, string>>,
  body: (bench: BenchService) => Promise<void>,
): Promise<void> {
  const workDir = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const start = () =>
    startServiceProcess({ STORAGE_DIR: join(workDir, 'storage'), ...settings }, SERVICE_ENTRY);
  let service: ServiceProcess | undefined;
  try {
    service = await start();
    const journey = new Journey(service.url, service.dataServerUrl);
    const user = await journey.logIn('bench');
    const datasetId = await journey.createDatasetRecord(user, 'bench');
    const modelId = await journey.createModelRecord(user, 'bench');
    let current: BenchService;
    const killAndRestart = async () => {
      const killed = (service as ServiceProcess).process;
      const ended = once(killed, 'exit');
      killed.kill('SIGKILL');
      await ended;
      service = await start();
      const next = new Journey(service.url, service.dataServerUrl);
      current = { ...current, service, journey: next };
      return current;
    };
    current = { service, journey, user, datasetId, modelId, killAndRestart, current: () => current };
    await body(current);
  } finally {
    await service?.stop();
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Uploads the census and trains a forest of 100 trees on it. */
export async function trainCensus({ journey, user, datasetId, modelId }: BenchService): Promise<void> {
  await journey.upload(user, datasetId, CENSUS, 'application/gzip');
  await journey.startTraining(user, modelId, censusForest(datasetId));
  await journey.followTraining(user, modelId, () => {});
}

/** The training that the figures are about. */
export function censusForest(datasetId: string): object {
  return {
    datasetId,
    algorithm: 'random_forest_classifier',
    target: 'income',
    parameters: { nEstimators: 100 },
    seed: 7,
  };
}
