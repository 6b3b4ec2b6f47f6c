import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { DatasetRepository } from './dataset.repository.js';
import { DatasetInsightController } from './dataset-insight.controller.js';
import { DatasetUsage } from './dataset-usage.js';
import { DatasetVersionRepository } from './dataset-version.repository.js';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsService } from './datasets.service.js';
import { ExportService } from './formats/export.service.js';
import { ExportsRepository } from './formats/exports.repository.js';
import { InspectService } from './inspect/inspect.service.js';
import { InternalDatasetsController } from './internal-datasets.controller.js';
import { ProfileService } from './profile/profile.service.js';
import { InternalRecipesController } from './recipe/internal-recipes.controller.js';
import { RecipesController } from './recipe/recipes.controller.js';
import { RecipesRepository } from './recipe/recipes.repository.js';
import { RecipesService } from './recipe/recipes.service.js';
import { TusController } from './upload/tus/tus.controller.js';
import { TusService } from './upload/tus/tus.service.js';
import { UploadsRepository } from './upload/tus/uploads.repository.js';
import { UploadService } from './upload/upload.service.js';

/** Upload, ingest, look at and download of data sets. */
@Module({
  imports: [AuthModule],
  controllers: [
    TusController,
    RecipesController,
    InternalRecipesController,
    DatasetsController,
    DatasetInsightController,
    InternalDatasetsController,
  ],
  providers: [
    DatasetRepository,
    DatasetVersionRepository,
    DatasetUsage,
    DatasetsService,
    ExportService,
    ExportsRepository,
    InspectService,
    ProfileService,
    UploadService,
    RecipesRepository,
    RecipesService,
    UploadsRepository,
    TusService,
  ],
  exports: [DatasetsService, DatasetUsage, UploadService, RecipesService],
})
export class DatasetsModule {}
