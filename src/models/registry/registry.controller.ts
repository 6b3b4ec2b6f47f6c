import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put } from '@nestjs/common';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { toModelView } from '../model-views.js';
import { ModelsService } from '../models.service.js';
import { ChosenVersionDto, readAlias, readTags, readVersion, VersionTagsDto } from './registry.dto.js';
import { RegistryService } from './registry.service.js';
import { toListedVersionView } from './registry-views.js';

type Credentials = string | undefined;

/** Versions, aliases and promotions for those who may see, or change, the model. */
@Controller('models/:id')
export class RegistryController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly models: ModelsService,
    private readonly registry: RegistryService,
  ) {}

  @Get('versions')
  async listVersions(@Headers('authorization') authorization: Credentials, @Param('id') id: string) {
    await this.#may('read', authorization, id);
    return { versions: (await this.registry.listVersions(id)).map(toListedVersionView) };
  }

  @Get('openapi.json')
  async openapi(@Headers('authorization') authorization: Credentials, @Param('id') id: string) {
    await this.#may('read', authorization, id);
    return this.registry.openapi(id);
  }

  @Get('aliases')
  async listAliases(@Headers('authorization') authorization: Credentials, @Param('id') id: string) {
    await this.#may('read', authorization, id);
    return { aliases: await this.registry.listAliases(id) };
  }

  @Get('promotions')
  async listPromotions(@Headers('authorization') authorization: Credentials, @Param('id') id: string) {
    await this.#may('read', authorization, id);
    return { promotions: await this.registry.listPromotions(id) };
  }

  @Put('aliases/:alias')
  async setAlias(
    @Headers('authorization') authorization: Credentials,
    @Param('id') id: string,
    @Param('alias') alias: string,
    @Body() { version }: ChosenVersionDto,
  ) {
    await this.#may('write', authorization, id);
    await this.registry.setAlias(id, readAlias(alias), version);
    return { aliases: await this.registry.listAliases(id) };
  }

  @Delete('aliases/:alias')
  @HttpCode(204)
  async removeAlias(
    @Headers('authorization') authorization: Credentials,
    @Param('id') id: string,
    @Param('alias') alias: string,
  ): Promise<void> {
    await this.#may('write', authorization, id);
    await this.registry.removeAlias(id, readAlias(alias));
  }

  @Post('promote')
  @HttpCode(200)
  async promote(
    @Headers('authorization') authorization: Credentials,
    @Param('id') id: string,
    @Body() { version }: ChosenVersionDto,
  ) {
    await this.#may('write', authorization, id);
    await this.registry.promote(id, version);
    return toModelView(await this.models.getModel(id));
  }

  @Post('rollback')
  @HttpCode(200)
  async rollBack(@Headers('authorization') authorization: Credentials, @Param('id') id: string) {
    await this.#may('write', authorization, id);
    await this.registry.rollBack(id);
    return toModelView(await this.models.getModel(id));
  }

  @Put('versions/:version/tags')
  async setTags(
    @Headers('authorization') authorization: Credentials,
    @Param('id') id: string,
    @Param('version') version: string,
    @Body() body: VersionTagsDto,
  ) {
    await this.#may('write', authorization, id);
    const tags = readTags(body);
    await this.registry.setTags(id, readVersion(version), tags);
    return { tags };
  }

  async #may(action: 'read' | 'write', authorization: Credentials, id: string): Promise<void> {
    await this.credentials.authorize(authorization, { kind: 'model', id, action });
  }
}
