import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import type { DatabaseClient } from '../database/database-client.js';
import { DatasetsService } from '../datasets/datasets.service.js';
import type { ModelLineage } from '../models/model-types.js';
import { ObjectStore } from '../storage/object-store.js';
import type { TrainingProcessInput } from './process/process-types.js';
import type { TrainingSpec } from './training-spec.js';

/** Finds the files that a training process reads. */
@Injectable()
export class TrainingInputs {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly store: ObjectStore,
    private readonly settings: Settings,
  ) {}

  /** Keeps the data set's version for as long as the model version that was made of it; within the transaction of that one. */
  recordUse(client: DatabaseClient, spec: TrainingSpec, modelVersion: number): Promise<void> {
    const { datasetId, datasetVersion, modelId } = spec;
    return this.datasets.recordUse(client, { datasetId, datasetVersion, modelId, modelVersion });
  }

  /** What the model version is made of. @throws Problem dataset_not_found when the version is gone */
  async lineage(spec: TrainingSpec, producer: string): Promise<ModelLineage> {
    const { datasetId, datasetVersion, recipe, pipeline } = spec;
    const { sha256 } = await this.datasets.getVersion(datasetId, datasetVersion);
    return {
      datasetId,
      datasetVersion,
      datasetSha256: sha256,
      recipe: recipe === undefined ? null : { name: recipe.name, version: recipe.version },
      seed: pipeline.seed,
      producer,
    };
  }

  /** @throws Problem dataset_not_found when the version is gone */
  async find(
    spec: TrainingSpec,
  ): Promise<Pick<TrainingProcessInput, 'tablePath' | 'columns' | 'signingKeyPath'>> {
    const { signingKeyFile } = this.settings;
    if (signingKeyFile === undefined) throw new Error('SIGNING_KEY_FILE: no key signs bundles.');
    const dataset = await this.datasets.getVersion(spec.datasetId, spec.datasetVersion);
    return {
      tablePath: await this.store.localPath(dataset.tableKey),
      columns: dataset.columns,
      signingKeyPath: signingKeyFile,
    };
  }
}
