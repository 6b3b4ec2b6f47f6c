import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { BundleImportService } from './bundle-import.service.js';
import { BundleKeys } from './bundle-keys.js';
import { BundleOpener } from './bundle-opener.js';
import { ExportsController } from './export/exports.controller.js';
import { ExportsService } from './export/exports.service.js';
import { ForeignModels } from './imports/foreign-models.service.js';
import { ImportsController } from './imports/imports.controller.js';
import { ModelImportService } from './imports/model-import.service.js';
import { InternalModelsController } from './internal-models.controller.js';
import { ModelRepository } from './model.repository.js';
import { ModelUsage } from './model-usage.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';
import { InternalRegistryController } from './registry/internal-registry.controller.js';
import { RegistryController } from './registry/registry.controller.js';
import { RegistryRepository } from './registry/registry.repository.js';
import { RegistryService } from './registry/registry.service.js';

/** The registry of models and their bundles. */
@Module({
  imports: [AuthModule],
  controllers: [
    ModelsController,
    ExportsController,
    ImportsController,
    InternalModelsController,
    RegistryController,
    InternalRegistryController,
  ],
  providers: [
    BundleImportService,
    BundleKeys,
    BundleOpener,
    ExportsService,
    ForeignModels,
    ModelImportService,
    ModelRepository,
    ModelsService,
    ModelUsage,
    RegistryRepository,
    RegistryService,
  ],
  exports: [BundleKeys, BundleOpener, ForeignModels, ModelsService, ModelUsage, RegistryService],
})
export class ModelsModule {}
