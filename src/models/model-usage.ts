import type { DatabaseClient } from '../database/database-client.js';

/** Says, inside the transaction of a deletion, whether something is still writing the model. */
export type ModelUsageCheck = (client: DatabaseClient, modelId: string) => Promise<boolean>;

/**
 * Who may hold on to a model. Trainings do, and this folder may not know them: they register a check here when the
 * service starts.
 */
export class ModelUsage {
  readonly #checks: ModelUsageCheck[] = [];

  register(check: ModelUsageCheck): void {
    this.#checks.push(check);
  }

  async isInUse(client: DatabaseClient, modelId: string): Promise<boolean> {
    for (const check of this.#checks) if (await check(client, modelId)) return true;
    return false;
  }
}
