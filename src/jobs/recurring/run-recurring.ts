import { parentPort, workerData } from 'node:worker_threads';
import type { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import type { RecurringResult } from './recurring-result.js';

/** Runs one piece of recurring work in its thread, with a database connection of its own, and tells what came of it. */
export async function runRecurring(
  work: (database: Database, settings: Settings) => Promise<RecurringResult>,
): Promise<void> {
  const { settings } = workerData as { settings: Settings };
  const ignore = () => undefined; // The failing statement throws what is to be told.
  const database = new Database({ url: settings.databaseUrl!, poolSize: 2, log: ignore });
  parentPort?.once('message', () => process.exit(0));
  try {
    parentPort?.postMessage(await work(database, settings));
  } finally {
    await database.close();
    parentPort?.close();
  }
}
