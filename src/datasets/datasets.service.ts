import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Problem } from '../errors/problem.js';
import { ObjectStore } from '../storage/object-store.js';
import { DatasetRepository } from './dataset.repository.js';
import type { Dataset, DatasetListQuery, DatasetWithVersion, NewDatasetVersion } from './dataset-types.js';
import { DatasetUsage } from './dataset-usage.js';

/** Which data sets there are and which content of each is the current one. */
@Injectable()
export class DatasetsService {
  readonly #log = new Logger('datasets');

  constructor(
    private readonly database: Database,
    private readonly repository: DatasetRepository,
    private readonly store: ObjectStore,
    private readonly usage: DatasetUsage,
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
    const found = isCurrent ? dataset.current : await this.repository.findVersion(this.database, id, version);
    if (found === undefined) {
      throw new Problem('dataset_not_found', 'The data set has no version of this number.');
    }
    return { ...found, dataset, ownerId: dataset.ownerId };
  }

  listDatasets(query: DatasetListQuery): Promise<Dataset[]> {
    return this.repository.list(this.database, query);
  }

  /**
   * Appends a version, whose files are in the store already, and makes it the current one.
   * @param onCommit called before the commit is sent: from then on a failure leaves open whether the version is there
   */
  async addVersion(
    record: { id: string; ownerId: string; name: string },
    content: NewDatasetVersion,
    onCommit: () => void,
  ): Promise<Dataset> {
    return this.database.transaction(async (client) => {
      const version = await this.repository.nextVersion(client, record);
      await this.repository.insertVersion(client, record.id, version, content);
      const dataset = (await this.repository.find(client, record.id))!;
      onCommit();
      return dataset;
    });
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
    for (const key of keys) {
      // What cannot be deleted now is an orphan, and orphans are swept.
      await this.store.delete(key).catch((error: Error) => {
        this.#log.warn(`a file of a deleted data set stays behind: ${error.message}`);
      });
    }
  }
}

function notFound(): Problem {
  return new Problem('dataset_not_found', 'No content was uploaded under this id.');
}
