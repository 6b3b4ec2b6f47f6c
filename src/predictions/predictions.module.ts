import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ModelsModule } from '../models/models.module.js';
import { CurrentVersions } from './current-versions.js';
import { PredictionFastPath } from './fast-path.js';
import { PredictionPool } from './prediction-pool.js';
import { PredictionResponder } from './prediction-responder.js';
import { PredictionsController } from './predictions.controller.js';
import { PredictionsService } from './predictions.service.js';

/** Rows in, labels out. */
@Module({
  imports: [AuthModule, ModelsModule],
  controllers: [PredictionsController],
  providers: [CurrentVersions, PredictionFastPath, PredictionPool, PredictionResponder, PredictionsService],
  exports: [PredictionFastPath, PredictionsService],
})
export class PredictionsModule {}
