import type { DatabaseClient } from '../database/database-client.js';

/** Says, inside the transaction of a deletion, whether something still needs the data set. */
export type DatasetUsageCheck = (client: DatabaseClient, datasetId: string) => Promise<boolean>;

/**
 * Who may hold on to a data set. Trainings do, and this folder may not know them: they register a check here when the
 * service starts.
 */
export class DatasetUsage {
  readonly #checks: DatasetUsageCheck[] = [];

  register(check: DatasetUsageCheck): void {
    this.#checks.push(check);
  }

  async isInUse(client: DatabaseClient, datasetId: string): Promise<boolean> {
    for (const check of this.#checks) if (await check(client, datasetId)) return true;
    return false;
  }
}
