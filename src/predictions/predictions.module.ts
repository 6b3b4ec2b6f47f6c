import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ModelsModule } from '../models/models.module.js';
import { Admission } from './admission.js';
import { DefaultModel } from './default-model.js';
import { PredictionFastPath } from './fast-path.js';
import { PredictionResponder } from './prediction-responder.js';
import { BareController } from './routes/bare.controller.js';
import { MlflowController } from './routes/mlflow.controller.js';
import { NativeController } from './routes/native.controller.js';
import { OpenInferenceController } from './routes/open-inference.controller.js';
import { OpenInferenceModels } from './routes/open-inference-models.js';
import { CurrentVersions } from './scoring/current-versions.js';
import { ModelLoader } from './scoring/model-loader.js';
import { ScoringService } from './scoring/scoring.service.js';
import { ScoringPool } from './scoring/scoring-pool.js';
import { PredictionSockets } from './sockets/prediction-sockets.js';

/** Rows in, labels out. */
@Module({
  imports: [AuthModule, ModelsModule],
  controllers: [BareController, MlflowController, NativeController, OpenInferenceController],
  providers: [
    Admission,
    CurrentVersions,
    DefaultModel,
    ModelLoader,
    OpenInferenceModels,
    PredictionFastPath,
    PredictionResponder,
    PredictionSockets,
    ScoringPool,
    ScoringService,
  ],
  exports: [PredictionFastPath, PredictionSockets, ScoringService],
})
export class PredictionsModule {}
