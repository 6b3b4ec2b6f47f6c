import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { namesTag, sendObject } from '../../http/send-object.js';
import { ModelsService } from '../models.service.js';
import { choiceOf } from '../registry/version-choice.js';
import { ExportsService } from './exports.service.js';

/** A model in other forms, for those who may read it. */
@Controller('models/:id')
export class ExportsController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly models: ModelsService,
    private readonly exports: ExportsService,
  ) {}

  @Get('onnx')
  async getOnnx(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
    @Query('version') choice?: string,
  ): Promise<void> {
    const { authorization } = request.headers;
    await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    const { store, object } = await this.exports.findOnnx(await this.models.getChosen(id, choiceOf(choice)));
    await sendObject(store, request, response, object);
  }

  @Get('scorer.mjs')
  async getScorer(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
  ): Promise<void> {
    const { authorization, 'if-none-match': known } = request.headers;
    await this.credentials.authorize(authorization, { kind: 'model', id, action: 'read' });
    await this.models.getTrainedVersion(id);
    const { text, etag } = await this.exports.scorer();
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', 'private, no-cache');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (namesTag(known, etag)) response.status(304).end();
    else response.type('text/javascript').send(text);
  }
}
