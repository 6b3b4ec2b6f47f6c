import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../../errors/problem.js';
import { ModelRecordsRepository } from '../records/models.repository.js';
import { RecordsService } from '../records/records.service.js';
import type { User } from '../users/user.js';
import type { TrainDto } from './trainings.dto.js';
import { type RelayedAnswer, TrainyardClient } from './trainyard-client.js';

/** Starts trainings for users and tells how far they are. */
@Injectable()
export class TrainingsService {
  constructor(
    private readonly records: RecordsService,
    private readonly models: ModelRecordsRepository,
    private readonly trainyard: TrainyardClient,
  ) {}

  /**
   * Passes on what Trainyard answers, refusals included. Throws Problem `model_in_use` while the model is being
   * trained, `forbidden`, `model_not_found`, `dataset_not_found`, `not_ready`.
   */
  async start(caller: User, modelId: string, request: TrainDto): Promise<RelayedAnswer> {
    const model = await this.records.model(caller, modelId);
    await this.records.dataset(caller, request.datasetId);
    if (!(await this.models.claimForTraining(modelId))) {
      throw new Problem('model_in_use', 'The model is being trained; wait for it or cancel it.');
    }
    // A claim that outlived its process is no state to go back to.
    const before = model.trainingStatus === 'starting' ? 'untrained' : model.trainingStatus;
    try {
      const body = { ...request, modelId, modelName: model.name, ownerId: caller.id };
      const answer = await this.trainyard.startTraining(body, randomUUID());
      const trainingId = (answer.body as { id?: unknown } | undefined)?.id;
      if (answer.status === 202 && typeof trainingId === 'string') {
        await this.models.markRunning(modelId, trainingId);
      } else {
        await this.models.releaseClaim(modelId, before);
      }
      return answer;
    } catch (error) {
      await this.models.releaseClaim(modelId, before);
      throw error;
    }
  }

  async progress(caller: User, modelId: string): Promise<RelayedAnswer> {
    const { trainingId } = await this.records.model(caller, modelId);
    if (trainingId === null) throw new Problem('training_not_found', 'The model was never trained.');
    return this.trainyard.training(trainingId);
  }
}
