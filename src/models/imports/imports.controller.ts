import { Controller, HttpCode, Param, Put, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { toModelView } from '../model-views.js';
import { ModelsService } from '../models.service.js';
import { ModelImportService } from './model-import.service.js';
import { readChoices } from './read-choices.js';

/** Models that other programs have made, for those who may write the model's record. */
@Controller('models/:id/import')
@ReadsOwnBody()
export class ImportsController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly imports: ModelImportService,
    private readonly models: ModelsService,
  ) {}

  @Put()
  @HttpCode(201)
  async putModel(@Req() request: Request, @Param('id') id: string, @Query() query: Record<string, unknown>) {
    const { authorization } = request.headers;
    const record = await this.credentials.authorize(authorization, { kind: 'model', id, action: 'write' });
    const { format, choices } = readChoices(query);
    await this.imports.importModel(request, record, format, choices);
    return toModelView(await this.models.getModel(id));
  }
}
