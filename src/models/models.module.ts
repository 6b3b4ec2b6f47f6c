import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { BundleImportService } from './bundle-import.service.js';
import { BundleKeys } from './bundle-keys.js';
import { BundleOpener } from './bundle-opener.js';
import { InternalModelsController } from './internal-models.controller.js';
import { ModelRepository } from './model.repository.js';
import { ModelUsage } from './model-usage.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';

/** The registry of models and their bundles. */
@Module({
  imports: [AuthModule],
  controllers: [ModelsController, InternalModelsController],
  providers: [BundleImportService, BundleKeys, BundleOpener, ModelRepository, ModelsService, ModelUsage],
  exports: [BundleKeys, BundleOpener, ModelsService, ModelUsage],
})
export class ModelsModule {}
