import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ModelsModule } from '../models/models.module.js';
import { DefaultModel } from './default-model.js';
import { PredictionFastPath } from './fast-path.js';
import { PredictionResponder } from './prediction-responder.js';
import { PredictionsController } from './predictions.controller.js';
import { CurrentVersions } from './scoring/current-versions.js';
import { ModelLoader } from './scoring/model-loader.js';
import { ScoringService } from './scoring/scoring.service.js';
import { ScoringPool } from './scoring/scoring-pool.js';

/** Rows in, labels out. */
@Module({
  imports: [AuthModule, ModelsModule],
  controllers: [PredictionsController],
  providers: [
    CurrentVersions,
    DefaultModel,
    ModelLoader,
    PredictionFastPath,
    PredictionResponder,
    ScoringPool,
    ScoringService,
  ],
  exports: [PredictionFastPath, ScoringService],
})
export class PredictionsModule {}
