import { Controller, Delete, Get, HttpCode, Param, Query, UseGuards } from '@nestjs/common';
import { ServiceTokenGuard } from '../auth/service-token.guard.js';
import { ListModelsDto } from './list-models.dto.js';
import { toModelView, toVersionView } from './model-views.js';
import { ModelsService } from './models.service.js';
import { readVersion } from './registry/registry.dto.js';
import { RegistryService } from './registry/registry.service.js';
import { toListedVersionView } from './registry/registry-views.js';

/** Models for the data server. */
@Controller('internal/models')
@UseGuards(ServiceTokenGuard)
export class InternalModelsController {
  constructor(
    private readonly models: ModelsService,
    private readonly registry: RegistryService,
  ) {}

  @Get()
  async listModels(@Query() query: ListModelsDto) {
    const models = await this.models.listModels(query);
    const next = models.length === query.limit ? (models.at(-1)?.id ?? null) : null;
    return { models: models.map(toModelView), next };
  }

  @Get(':id')
  async getModel(@Param('id') id: string) {
    return toModelView(await this.models.getModel(id));
  }

  @Delete(':id')
  @HttpCode(204)
  deleteModel(@Param('id') id: string): Promise<void> {
    return this.models.deleteModel(id);
  }

  @Get(':id/versions')
  async listVersions(@Param('id') id: string) {
    return { versions: (await this.registry.listVersions(id)).map(toListedVersionView) };
  }

  @Get(':id/versions/:version')
  async getVersion(@Param('id') id: string, @Param('version') version: string) {
    return toVersionView(await this.models.getVersion(id, readVersion(version)));
  }

  @Get(':id/versions/:version/report')
  getReport(@Param('id') id: string, @Param('version') version: string) {
    return this.models.getReport(id, readVersion(version));
  }
}
