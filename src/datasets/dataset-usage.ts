import type { DatabaseClient } from '../database/database-client.js';

/** Says, inside the transaction of a deletion, whether something still needs the data set. */
export type DatasetUsageCheck = (client: DatabaseClient, datasetId: string) => Promise<boolean>;

/** The versions of the data set that something still needs. */
export type DatasetVersionUsage = (client: DatabaseClient, datasetId: string) => Promise<readonly number[]>;

/**
 * Who may hold on to a data set. Trainings do, and this folder may not know them: they register a check here when the
 * service starts.
 */
export class DatasetUsage {
  readonly #checks: DatasetUsageCheck[] = [];
  readonly #versions: DatasetVersionUsage[] = [];

  register(check: DatasetUsageCheck, versions: DatasetVersionUsage): void {
    this.#checks.push(check);
    this.#versions.push(versions);
  }

  async isInUse(client: DatabaseClient, datasetId: string): Promise<boolean> {
    for (const check of this.#checks) if (await check(client, datasetId)) return true;
    return false;
  }

  async versionsInUse(client: DatabaseClient, datasetId: string): Promise<number[]> {
    const found = await Promise.all(this.#versions.map((versions) => versions(client, datasetId)));
    return found.flat();
  }
}
