import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { CallbacksModule } from './callbacks/callbacks.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings-type.js';
import type { Database } from './database/database.js';
import { DatabaseModule } from './database/database.module.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { HttpModule } from './http/http.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { ModelsModule } from './models/models.module.js';
import type { AccessLog } from './observability/access-log.js';
import type { Metrics } from './observability/metrics.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { PredictionFilesModule } from './predictions/files/prediction-files.module.js';
import { PredictionLogModule } from './predictions/log/prediction-log.module.js';
import { PredictionsModule } from './predictions/predictions.module.js';
import { StorageModule } from './storage/storage.module.js';
import { TrainingModule } from './training/training.module.js';

/** What is made before the application, and outlives it. */
export interface AppResources {
  readonly settings: Settings;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly accessLog: AccessLog;
}

/** Every module of the service. */
@Module({})
export class AppModule {
  static forRoot({ settings, database, metrics, accessLog }: AppResources): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(settings),
        DatabaseModule.forRoot(database),
        StorageModule.forRoot(),
        HttpModule,
        ObservabilityModule.forRoot(metrics, accessLog),
        JobsModule,
        AuthModule,
        DatasetsModule,
        ModelsModule,
        CallbacksModule,
        TrainingModule,
        PredictionsModule,
        PredictionLogModule,
        PredictionFilesModule,
        import('./easyml/easyml.module.js').then((room) => room.EasymlModule.forRoot(settings)),
      ],
    };
  }
}
