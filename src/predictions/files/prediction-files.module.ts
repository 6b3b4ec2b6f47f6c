import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { ModelsModule } from '../../models/models.module.js';
import { PredictionLogModule } from '../log/prediction-log.module.js';
import { FilePlaces } from './file-places.js';
import { PredictionContents } from './prediction-contents.js';
import { PredictionFileEvents } from './prediction-file-events.js';
import { PredictionFileRunner } from './prediction-file-runner.js';
import { PredictionFilesController } from './prediction-files.controller.js';
import { PredictionFilesRepository } from './prediction-files.repository.js';
import { PredictionFilesService } from './prediction-files.service.js';
import { RowsReader } from './read-rows.js';
import { RunningFiles } from './running-files.js';
import { TablePredictor } from './table-predictor.js';

/** Files of rows that are predicted as a whole. */
@Module({
  imports: [AuthModule, ModelsModule, PredictionLogModule],
  controllers: [PredictionFilesController],
  providers: [
    FilePlaces,
    PredictionContents,
    PredictionFileEvents,
    PredictionFileRunner,
    PredictionFilesRepository,
    PredictionFilesService,
    RowsReader,
    RunningFiles,
    TablePredictor,
  ],
  exports: [FilePlaces, RowsReader, TablePredictor],
})
export class PredictionFilesModule {}
