import { type DynamicModule, Module } from '@nestjs/common';
import { CallbacksModule } from '../callbacks/callbacks.module.js';
import type { Settings } from '../config/settings-type.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ModelsModule } from '../models/models.module.js';
import { PredictionFilesModule } from '../predictions/files/prediction-files.module.js';
import { PredictionLogModule } from '../predictions/log/prediction-log.module.js';
import { TrainingModule } from '../training/training.module.js';
import { EasymlLinkModule } from './data-server/link.module.js';
import { KeptFiles } from './kept-files.js';
import { KeptFilesSweep } from './kept-files-sweep.js';
import { FilePredictions } from './predictions/predictions.js';
import { ReceivedTables } from './received-table.js';
import { EasymlModelsController } from './routes/models.controller.js';
import { EasymlServerController } from './routes/server.controller.js';
import { EasymlUploadController } from './routes/upload.controller.js';
import { ModelInfos } from './trainings/model-infos.js';
import { TrainingStarts } from './trainings/training-starts.js';
import { Callers } from './wire/callers.js';

/** Stands in for EasyML's machine-learning server where DATA_SERVER_KIND says so, and is not there otherwise. */
@Module({})
export class EasymlModule {
  /** @throws Error when the data server's address or our account there is not known */
  static forRoot(settings: Settings): DynamicModule {
    if (settings.dataServerKind !== 'easyml') return { module: EasymlModule };
    if (settings.easymlUsername === undefined || settings.easymlPassword === undefined) {
      throw new Error('EASYML_USERNAME, EASYML_PASSWORD: the account at the data server must be known.');
    }
    return {
      module: EasymlModule,
      imports: [
        { module: EasymlLinkModule, global: true },
        CallbacksModule,
        DatasetsModule,
        ModelsModule,
        PredictionFilesModule,
        PredictionLogModule,
        TrainingModule,
      ],
      controllers: [EasymlServerController, EasymlUploadController, EasymlModelsController],
      providers: [
        Callers,
        FilePredictions,
        KeptFiles,
        KeptFilesSweep,
        ModelInfos,
        ReceivedTables,
        TrainingStarts,
      ],
    };
  }
}
