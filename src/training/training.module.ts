import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { CallbacksModule } from '../callbacks/callbacks.module.js';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import { DatasetUsage } from '../datasets/dataset-usage.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ModelUsage } from '../models/model-usage.js';
import { ModelsModule } from '../models/models.module.js';
import { ModelsService } from '../models/models.service.js';
import { ObjectStore } from '../storage/object-store.js';
import { AlgorithmsController } from './algorithms.controller.js';
import { AttemptRunner } from './attempt-runner.js';
import { AttemptsRepository } from './attempts.repository.js';
import { RetrainController } from './retrain.controller.js';
import { RunningTrainings } from './running-trainings.js';
import { TrainingEvents } from './training-events.js';
import { TrainingInputs } from './training-inputs.js';
import { TrainingOutcomes } from './training-outcomes.js';
import { TrainingQueue } from './training-queue.js';
import { TrainingRequests } from './training-requests.js';
import { TrainingWorker } from './training-worker.js';
import { TrainingsController } from './trainings.controller.js';
import { TrainingsRepository } from './trainings.repository.js';
import { TrainingsService } from './trainings.service.js';

/** Request, queue, forked worker, outcome. */
@Module({
  imports: [AuthModule, DatasetsModule, ModelsModule, CallbacksModule],
  controllers: [TrainingsController, RetrainController, AlgorithmsController],
  providers: [
    TrainingsService,
    TrainingsRepository,
    TrainingQueue,
    TrainingRequests,
    TrainingOutcomes,
    TrainingInputs,
    TrainingEvents,
    AttemptsRepository,
    RunningTrainings,
    TrainingWorker,
    {
      provide: AttemptRunner,
      inject: [
        Database,
        AttemptsRepository,
        TrainingsRepository,
        TrainingOutcomes,
        ModelsService,
        ObjectStore,
        TrainingInputs,
        Settings,
      ],
      useFactory: (
        db: Database,
        attempts: AttemptsRepository,
        trainings: TrainingsRepository,
        outcomes: TrainingOutcomes,
        models: ModelsService,
        store: ObjectStore,
        inputs: TrainingInputs,
        settings: Settings,
      ) => new AttemptRunner({ db, attempts, trainings, outcomes, models, store, inputs, settings }),
    },
  ],
  exports: [TrainingsService, TrainingQueue],
})
export class TrainingModule {
  constructor(trainings: TrainingsRepository, datasets: DatasetUsage, models: ModelUsage) {
    datasets.register(
      (client, datasetId) => trainings.isInUse(client, { datasetId }),
      (client, datasetId) => trainings.versionsInUse(client, datasetId),
    );
    models.register((client, modelId) => trainings.isInUse(client, { modelId }));
  }
}
