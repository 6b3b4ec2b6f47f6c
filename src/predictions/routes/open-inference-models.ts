import { Injectable } from '@nestjs/common';
import { ModelsService } from '../../models/models.service.js';
import type { VersionChoice } from '../../models/registry/version-choice.js';
import { type ModelMetadata, metadataOf } from '../protocols/open-inference/model-metadata.js';
import { ScoringService } from '../scoring/scoring.service.js';

/** What the Open Inference Protocol tells of models. */
@Injectable()
export class OpenInferenceModels {
  constructor(
    private readonly models: ModelsService,
    private readonly scoring: ScoringService,
  ) {}

  /** @throws Problem model_not_trained */
  async metadata(modelId: string, choice: VersionChoice): Promise<ModelMetadata> {
    const { facts, version } = await this.scoring.describe(modelId, choice);
    const versions = await this.models.listVersions(modelId);
    return metadataOf(
      facts,
      version.algorithm,
      versions.map((one) => one.version),
    );
  }

  /** @throws Problem model_not_trained */
  isReady(modelId: string, choice: VersionChoice): Promise<boolean> {
    return this.scoring.isReady(modelId, choice);
  }
}
