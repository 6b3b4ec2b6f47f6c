import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { DatasetsService } from '../datasets/datasets.service.js';
import { defaultSigningKeyPath, ensureSigningKey } from '../models/bundle/bundle-signing-keys.js';
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

  /** @throws Problem dataset_not_found when it was deleted by force since */
  async find(
    spec: TrainingSpec,
  ): Promise<Pick<TrainingProcessInput, 'tablePath' | 'columns' | 'signingKeyPath'>> {
    const dataset = await this.datasets.getVersion(spec.datasetId, spec.datasetVersion);
    const { signingKeyFile, storageDir } = this.settings;
    return {
      tablePath: await this.store.localPath(dataset.tableKey),
      columns: dataset.columns,
      signingKeyPath: await ensureSigningKey(signingKeyFile ?? defaultSigningKeyPath(storageDir)),
    };
  }
}
