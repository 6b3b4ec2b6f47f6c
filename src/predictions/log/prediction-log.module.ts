import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { ModelsModule } from '../../models/models.module.js';
import { DriftController } from '../drift/drift.controller.js';
import { DriftRepository } from '../drift/drift.repository.js';
import { DriftService } from '../drift/drift.service.js';
import { PredictionsModule } from '../predictions.module.js';
import { FileSample } from './file-sample.js';
import { LogChoices } from './log-choices.js';
import { PredictionLogController } from './prediction-log.controller.js';
import { PredictionLog } from './prediction-log.js';
import { PredictionLogRepository } from './prediction-log.repository.js';
import { PredictionLogService } from './prediction-log.service.js';

/** What was predicted, what was true, and what has changed since the training. */
@Module({
  imports: [AuthModule, ModelsModule, PredictionsModule],
  controllers: [PredictionLogController, DriftController],
  providers: [
    DriftRepository,
    DriftService,
    FileSample,
    LogChoices,
    PredictionLog,
    PredictionLogRepository,
    PredictionLogService,
  ],
  exports: [FileSample, LogChoices, PredictionLogService],
})
export class PredictionLogModule {}
