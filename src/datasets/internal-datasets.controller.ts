import { Controller, Delete, Get, HttpCode, Param, Query, UseGuards } from '@nestjs/common';
import { ServiceTokenGuard } from '../auth/service-token.guard.js';
import { datasetView } from './dataset-view.js';
import { DatasetPageQuery, ProfileQuery } from './datasets.dto.js';
import { DatasetsService } from './datasets.service.js';
import { ProfileService } from './profile/profile.service.js';

/** What the data server may see and delete. */
@Controller('internal/datasets')
@UseGuards(ServiceTokenGuard)
export class InternalDatasetsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly profiles: ProfileService,
  ) {}

  @Get()
  async list(@Query() query: DatasetPageQuery) {
    const limit = query.limit ?? 50;
    // One more than asked for says whether there is another page.
    const found = await this.datasets.listDatasets({ ...query, limit: limit + 1 });
    const page = found.slice(0, limit);
    return { datasets: page.map(datasetView), next: found.length > limit ? page.at(-1)!.id : null };
  }

  @Get(':id')
  async get(@Param('id') id: string) {
    return datasetView(await this.datasets.getDataset(id));
  }

  @Get(':id/profile')
  getProfile(@Param('id') id: string, @Query() query: ProfileQuery) {
    return this.profiles.getProfile(id, query);
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id') id: string): Promise<void> {
    await this.datasets.deleteDataset(id);
  }
}
