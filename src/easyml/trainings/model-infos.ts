import { Injectable } from '@nestjs/common';
import { ModelsService } from '../../models/models.service.js';
import { TrainingsService } from '../../training/trainings.service.js';
import { KeptFiles } from '../kept-files.js';
import type { AskedTraining } from '../model-types/translate-training.js';
import type { PandasColumn } from '../pandas-columns.js';
import { scoringOf } from './scoring.js';

/** What is known when a training is asked for. */
export interface AskedModel extends Omit<AskedTraining, 'normalization_method'> {
  readonly user_id: number;
  readonly model_id: number;
  readonly dataset_info: {
    readonly id: number;
    /** The ending of the file. */
    readonly type: string;
    readonly columns: readonly PandasColumn[];
    readonly normalization_method: string | null;
  };
}

/** The model information that EasyML keeps for each model. */
export interface ModelInfo extends AskedModel {
  readonly scoring: Readonly<Record<string, number>>;
}

/** Information on trained models: what was asked for, and how it scored. */
@Injectable()
export class ModelInfos {
  constructor(
    private readonly models: ModelsService,
    private readonly trainings: TrainingsService,
    private readonly files: KeptFiles,
  ) {}

  /**
   * @param version by default the current one
   * @throws Problem model_not_found, model_not_trained
   */
  async get(modelId: string, version?: number): Promise<ModelInfo> {
    const model = await this.models.getVersion(modelId, version);
    // Kept apart: a training is forgotten after a while, its model is not.
    const path = this.files.path(modelId, `info.${model.version}.${model.sha256.slice(0, 16)}.json`);
    const kept = await this.files.read(path);
    if (kept !== undefined) return JSON.parse(kept) as ModelInfo;
    const report = await this.models.getReport(modelId, model.version);
    const asked = model.trainingId === null ? {} : await this.#askedIn(model.trainingId);
    const info = { ...asked, scoring: scoringOf(report) } as ModelInfo;
    await this.files.write(path, JSON.stringify(info));
    return info;
  }

  async #askedIn(trainingId: string): Promise<object> {
    const { spec } = await this.trainings.get(trainingId);
    return spec.annotations ?? {};
  }
}
