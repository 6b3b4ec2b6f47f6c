import {
  Controller,
  Get,
  Head,
  Header,
  Headers,
  HttpCode,
  Param,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { CredentialHandoff } from '../auth/credential-handoff.js';
import { PAGE_SECURITY_POLICY } from '../http/pages/html.js';
import { sendObject } from '../http/send-object.js';
import { ObjectStore } from '../storage/object-store.js';
import { BundleImportService } from './bundle-import.service.js';
import { toModelView, toUntrainedView } from './model-views.js';
import { ModelsService } from './models.service.js';
import { choiceOf } from './registry/version-choice.js';
import { renderReportPage } from './report-page.js';
import { versionFile } from './version-file.js';

/** Models for end users: the data server says who may see which. */
@Controller('models/:id')
export class ModelsController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly models: ModelsService,
    private readonly imports: BundleImportService,
    private readonly store: ObjectStore,
  ) {}

  @Get()
  async getModel(@Headers('authorization') authorization: string | undefined, @Param('id') id: string) {
    const record = await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    const model = await this.models.findModel(id);
    return model === undefined ? toUntrainedView(record) : toModelView(model);
  }

  @Get('report')
  async getReport(
    @Headers('authorization') authorization: string | undefined,
    @Param('id') id: string,
    @Query('version') choice?: string,
  ) {
    await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    const { version } = await this.models.getChosen(id, choiceOf(choice));
    return this.models.getReport(id, version);
  }

  /** The same for people: one file with plots, which a browser opens without a network. */
  @Get('report.html')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_SECURITY_POLICY)
  @Header('X-Content-Type-Options', 'nosniff')
  async getReportPage(
    @Headers('authorization') authorization: string | undefined,
    @Param('id') id: string,
    @Query('version') choice?: string,
  ) {
    const record = await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    const version = await this.models.getChosen(id, choiceOf(choice));
    return renderReportPage(record.name, version, await this.models.getReport(id, version.version));
  }

  @Get('bundle')
  async getBundle(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
    @Query('version') choice?: string,
  ): Promise<void> {
    const { authorization } = request.headers;
    await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    const version = await this.models.getChosen(id, choiceOf(choice));
    await sendObject(this.store, request, response, versionFile(version));
  }

  @Head('bundle')
  headBundle(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
    @Query('version') choice?: string,
  ): Promise<void> {
    return this.getBundle(request, response, id, choice);
  }

  @Put('bundle')
  @HttpCode(201)
  async putBundle(@Req() request: Request, @Param('id') id: string) {
    const { authorization } = request.headers;
    const record = await this.credentials.authorize(authorization, { kind: 'model', id, action: 'write' });
    await this.imports.importBundle(request, record);
    return toModelView(await this.models.getModel(id));
  }
}
