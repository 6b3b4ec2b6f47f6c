import { Injectable } from '@nestjs/common';
import { Problem } from '../../../errors/problem.js';
import { newId } from '../identifiers.js';
import { TrainyardClient } from '../trainings/trainyard-client.js';
import type { User } from '../users/user.js';
import { DatasetRecordsRepository } from './datasets.repository.js';
import { ModelRecordsRepository } from './models.repository.js';
import type { DatasetRecord, ModelRecord } from './record.js';
import type { CreateDatasetDto, UpdateDatasetDto, UpdateModelDto } from './records.dto.js';

/** Records of data sets and models: everyone sees and changes their own. */
@Injectable()
export class RecordsService {
  constructor(
    private readonly datasets: DatasetRecordsRepository,
    private readonly models: ModelRecordsRepository,
    private readonly trainyard: TrainyardClient,
  ) {}

  listDatasets(caller: User): Promise<DatasetRecord[]> {
    return this.datasets.listOf(caller.id);
  }

  async createDataset(caller: User, { name, format = 'csv' }: CreateDatasetDto): Promise<DatasetRecord> {
    return (await this.datasets.insert(newId('ds'), caller.id, name, format)) ?? nameTaken();
  }

  /** Throws Problem `dataset_not_found` or `forbidden`. */
  async dataset(caller: User, id: string): Promise<DatasetRecord> {
    const record = await this.datasets.find(id);
    if (!record) throw new Problem('dataset_not_found', 'No data-set record has this id.');
    if (record.ownerId !== caller.id)
      throw new Problem('forbidden', 'The data set belongs to somebody else.');
    return record;
  }

  async updateDataset(caller: User, id: string, changes: UpdateDatasetDto): Promise<DatasetRecord> {
    await this.dataset(caller, id);
    return (await this.datasets.update(id, changes.name ?? null, changes.format ?? null)) ?? nameTaken();
  }

  /** The content first: a record without content can be deleted again, content without a record never. */
  async deleteDataset(caller: User, id: string): Promise<void> {
    await this.dataset(caller, id);
    await this.trainyard.deleteContent('datasets', id);
    await this.datasets.delete(id);
  }

  listModels(caller: User): Promise<ModelRecord[]> {
    return this.models.listOf(caller.id);
  }

  async createModel(caller: User, name: string): Promise<ModelRecord> {
    return (await this.models.insert(newId('md'), caller.id, name)) ?? nameTaken();
  }

  /** Throws Problem `model_not_found` or `forbidden`. */
  async model(caller: User, id: string): Promise<ModelRecord> {
    const record = await this.models.find(id);
    if (!record) throw new Problem('model_not_found', 'No model record has this id.');
    if (record.ownerId !== caller.id) throw new Problem('forbidden', 'The model belongs to somebody else.');
    return record;
  }

  /**
   * The model, when the caller may do this to it: the owner everything, others read and predict where it is shared.
   * Throws Problem `model_not_found` or `forbidden`.
   */
  async modelFor(caller: User, id: string, action: 'read' | 'write' | 'predict'): Promise<ModelRecord> {
    const record = await this.models.find(id);
    if (record?.shared && action !== 'write') return record;
    return this.model(caller, id);
  }

  async updateModel(caller: User, id: string, { name, shared }: UpdateModelDto): Promise<ModelRecord> {
    await this.model(caller, id);
    return (await this.models.update(id, name ?? null, shared ?? null)) ?? nameTaken();
  }

  async deleteModel(caller: User, id: string): Promise<void> {
    await this.model(caller, id);
    await this.trainyard.deleteContent('models', id);
    await this.models.delete(id);
  }
}

function nameTaken(): never {
  throw new Problem('conflict', 'You have another record of this name.', [
    { code: 'name_taken', argument: 'name', message: 'name is taken' },
  ]);
}
