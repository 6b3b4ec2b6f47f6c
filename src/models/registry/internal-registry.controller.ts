import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, UseGuards } from '@nestjs/common';
import { ServiceTokenGuard } from '../../auth/service-token.guard.js';
import { toModelView } from '../model-views.js';
import { ModelsService } from '../models.service.js';
import { ChosenVersionDto, readAlias } from './registry.dto.js';
import { RegistryService } from './registry.service.js';

/** Aliases and promotions for the data server. */
@Controller('internal/models/:id')
@UseGuards(ServiceTokenGuard)
export class InternalRegistryController {
  constructor(
    private readonly models: ModelsService,
    private readonly registry: RegistryService,
  ) {}

  @Get('aliases')
  async listAliases(@Param('id') id: string) {
    return { aliases: await this.registry.listAliases(id) };
  }

  @Get('promotions')
  async listPromotions(@Param('id') id: string) {
    return { promotions: await this.registry.listPromotions(id) };
  }

  @Put('aliases/:alias')
  async setAlias(
    @Param('id') id: string,
    @Param('alias') alias: string,
    @Body() { version }: ChosenVersionDto,
  ) {
    await this.registry.setAlias(id, readAlias(alias), version);
    return { aliases: await this.registry.listAliases(id) };
  }

  @Delete('aliases/:alias')
  @HttpCode(204)
  async removeAlias(@Param('id') id: string, @Param('alias') alias: string): Promise<void> {
    await this.registry.removeAlias(id, readAlias(alias));
  }

  @Post('promote')
  @HttpCode(200)
  async promote(@Param('id') id: string, @Body() { version }: ChosenVersionDto) {
    await this.registry.promote(id, version);
    return toModelView(await this.models.getModel(id));
  }

  @Post('rollback')
  @HttpCode(200)
  async rollBack(@Param('id') id: string) {
    await this.registry.rollBack(id);
    return toModelView(await this.models.getModel(id));
  }
}
