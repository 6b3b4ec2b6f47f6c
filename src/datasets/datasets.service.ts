import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import type { DatabaseClient } from '../database/database-client.js';
import { Problem } from '../errors/problem.js';
import { ObjectStore } from '../storage/object-store.js';
import { DatasetRepository } from './dataset.repository.js';
import type {
  Dataset,
  DatasetListQuery,
  DatasetVersion,
  DatasetVersionUse,
  DatasetWithVersion,
  NewDatasetVersion,
} from './dataset-types.js';
import { DatasetUsage } from './dataset-usage.js';
import { DatasetVersionRepository } from './dataset-version.repository.js';

/** Which data sets there are and which content of each is the current one. */
@Injectable()
export class DatasetsService {
  readonly #log = new Logger('datasets');

  constructor(
    private readonly database: Database,
    private readonly repository: DatasetRepository,
    private readonly versions: DatasetVersionRepository,
    private readonly store: ObjectStore,
    private readonly usage: DatasetUsage,
    private readonly settings: Settings,
  ) {}

  /** @throws Problem dataset_not_found */
  async getDataset(id: string): Promise<Dataset> {
    const dataset = await this.repository.find(this.database, id);
    if (dataset === undefined) throw notFound();
    return dataset;
  }

  /**
   * One version, by default the current one, with the data set that it belongs to.
   * @throws Problem dataset_not_found, also when the data set has no version of this number
   */
  async getVersion(id: string, version?: number): Promise<DatasetWithVersion> {
    const dataset = await this.getDataset(id);
    const isCurrent = version === undefined || version === dataset.current.version;
    const found = isCurrent ? dataset.current : await this.versions.find(this.database, id, version);
    if (found === undefined) {
      throw new Problem('dataset_not_found', 'The data set has no version of this number.');
    }
    return { ...found, dataset, ownerId: dataset.ownerId };
  }

  listDatasets(query: DatasetListQuery): Promise<Dataset[]> {
    return this.repository.list(this.database, query);
  }

  /** The newest first. @throws Problem dataset_not_found */
  async listVersions(
    id: string,
    page: { limit: number; before?: number | undefined },
  ): Promise<DatasetVersion[]> {
    await this.getDataset(id);
    return this.versions.list(this.database, id, page);
  }

  /** Holds the data set until the transaction ends; false when there is none. */
  lock(client: DatabaseClient, id: string): Promise<boolean> {
    return this.repository.lock(client, id);
  }

  /** Within the transaction that makes the model version. */
  recordUse(client: DatabaseClient, use: DatasetVersionUse): Promise<void> {
    return this.versions.insertUse(client, use);
  }

  /**
   * Appends a version, whose files are in the store already, and makes it the current one. Versions beyond
   * DATASET_VERSIONS_KEPT go, unless a model was made of them or a training needs them.
   * @param onCommit called before the commit is sent: from then on a failure leaves open whether the version is there
   */
  async addVersion(
    record: { id: string; ownerId: string; name: string },
    content: NewDatasetVersion,
    onCommit: () => void,
  ): Promise<Dataset> {
    const { dataset, freed } = await this.database.transaction(async (client) => {
      const version = await this.repository.nextVersion(client, record);
      await this.repository.insertVersion(client, record.id, version, content);
      const needed = await this.usage.versionsInUse(client, record.id);
      const kept = this.settings.datasetVersionsKept;
      const freed = await this.versions.prune(client, record.id, kept, needed);
      const dataset = (await this.repository.find(client, record.id))!;
      onCommit();
      return { dataset, freed };
    });
    await this.#deleteFiles(freed);
    return dataset;
  }

  /**
   * Deletes the data set with all of its versions; its files go after the commit, so that no row ever names a missing
   * one.
   * @throws Problem dataset_not_found, dataset_in_use
   */
  async deleteDataset(id: string): Promise<void> {
    const keys = await this.database.transaction(async (client) => {
      if (!(await this.repository.lock(client, id))) throw notFound();
      if (await this.usage.isInUse(client, id)) {
        throw new Problem('dataset_in_use', 'A training that uses this data set has not ended.');
      }
      return this.repository.delete(client, id);
    });
    await this.#deleteFiles(keys);
  }

  /** What cannot be deleted now is an orphan, and orphans are swept. */
  async #deleteFiles(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.store.delete(key).catch((error: Error) => {
        this.#log.warn(`a file of a deleted data set stays behind: ${error.message}`);
      });
    }
  }
}

function notFound(): Problem {
  return new Problem('dataset_not_found', 'No content was uploaded under this id.');
}
