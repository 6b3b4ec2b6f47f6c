import { Controller, Get, Header, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CredentialHandoff } from '../auth/credential-handoff.js';
import { PAGE_SECURITY_POLICY } from '../http/pages/html.js';
import { versionView } from './dataset-view.js';
import { InspectQuery, ProfileQuery, VersionPageQuery, VersionQuery } from './datasets.dto.js';
import { DatasetsService } from './datasets.service.js';
import { InspectService } from './inspect/inspect.service.js';
import { ProfileService } from './profile/profile.service.js';
import { renderProfilePage } from './profile/profile-page.js';

/** What those who may read a data set may know of it. */
@Controller('datasets/:id')
export class DatasetInsightController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly datasets: DatasetsService,
    private readonly profiles: ProfileService,
    private readonly inspections: InspectService,
  ) {}

  @Get('profile')
  async getProfile(
    @Param('id') id: string,
    @Query() query: ProfileQuery,
    @Headers('authorization') authorization: string | undefined,
  ) {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    return this.profiles.getProfile(id, query);
  }

  /** The same for people: one file with plots, which a browser opens without a network. */
  @Get('profile.html')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_SECURITY_POLICY)
  @Header('X-Content-Type-Options', 'nosniff')
  async getProfilePage(
    @Param('id') id: string,
    @Query() query: VersionQuery,
    @Headers('authorization') authorization: string | undefined,
  ) {
    const { name } = await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    const profile = await this.profiles.getProfile(id, query);
    return renderProfilePage({ name, version: profile.version }, profile);
  }

  /** With a body: of what may be uploaded. Without: of a version that is there. */
  @Post('inspect')
  @HttpCode(200)
  async inspect(
    @Param('id') id: string,
    @Query() query: InspectQuery,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: Request,
  ) {
    const { headers } = request;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    const action = hasBody ? 'write' : 'read';
    const record = await this.credentials.authorize(authorization, { kind: 'dataset', id, action });
    return hasBody
      ? this.inspections.inspectBody(record, query, request)
      : this.inspections.inspectVersion(id, query);
  }

  @Get('versions')
  async listVersions(
    @Param('id') id: string,
    @Query() query: VersionPageQuery,
    @Headers('authorization') authorization: string | undefined,
  ) {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    const limit = query.limit ?? 50;
    const found = await this.datasets.listVersions(id, { limit: limit + 1, before: query.before });
    const page = found.slice(0, limit);
    return { versions: page.map(versionView), next: found.length > limit ? page.at(-1)!.version : null };
  }
}
