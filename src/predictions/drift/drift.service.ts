import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { ModelsService } from '../../models/models.service.js';
import type { VersionChoice } from '../../models/registry/version-choice.js';
import { DriftRepository } from './drift.repository.js';
import { DriftCheck } from './drift-check.js';

const WEEK_MS = 7 * 24 * 3_600_000;

/** Looks at one model when somebody asks. */
@Injectable()
export class DriftService {
  readonly #check: DriftCheck;

  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    repository: DriftRepository,
  ) {
    this.#check = new DriftCheck(repository, models);
  }

  /**
   * @param choice by default the current one
   * @param since by default seven days ago
   * @throws Problem model_not_found, model_not_trained
   */
  async drift(modelId: string, choice?: VersionChoice, since = new Date(Date.now() - WEEK_MS)) {
    const looked = await this.models.getChosen(modelId, choice);
    const findings = await this.#check.findings(this.database, looked, since);
    return { modelId, modelVersion: looked.version, since, ...findings };
  }
}
