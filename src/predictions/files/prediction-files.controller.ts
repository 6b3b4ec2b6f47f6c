import {
  Controller,
  Delete,
  Get,
  Head,
  Headers,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { Settings } from '../../config/settings-type.js';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { sendObject } from '../../http/send-object.js';
import { ObjectStore } from '../../storage/object-store.js';
import { PredictionContents } from './prediction-contents.js';
import { type PredictionFileView, viewOf } from './prediction-file.js';
import { PredictionFileEvents } from './prediction-file-events.js';
import { PredictionContentQuery, PredictionFileQuery } from './prediction-files.dto.js';
import { PredictionFilesService, predictionFileNotFound } from './prediction-files.service.js';

type Credentials = string | undefined;
const ID = new ParseUUIDPipe({ exceptionFactory: predictionFileNotFound });

/** Whole files of rows in, the same files with predictions out. */
@Controller('models/:id/predictions')
@ReadsOwnBody()
export class PredictionFilesController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly files: PredictionFilesService,
    private readonly contents: PredictionContents,
    private readonly events: PredictionFileEvents,
    private readonly store: ObjectStore,
    private readonly settings: Settings,
  ) {}

  @Post()
  async start(
    @Param('id') id: string,
    @Query() query: PredictionFileQuery,
    @Headers('authorization') authorization: Credentials,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PredictionFileView> {
    const model = await this.#authorize(authorization, id);
    const file = await this.files.start(model, query, request);
    response.status(202).setHeader('Location', `/models/${id}/predictions/${file.id}`);
    return viewOf(file, this.settings.predictionFilesKeptHours);
  }

  @Get(':fileId')
  async get(
    @Param('id') id: string,
    @Param('fileId', ID) fileId: string,
    @Headers('authorization') authorization: Credentials,
  ): Promise<PredictionFileView> {
    const file = await this.files.get(await this.#authorize(authorization, id), fileId);
    return viewOf(file, this.settings.predictionFilesKeptHours);
  }

  @Get(':fileId/events')
  async watch(
    @Param('id') id: string,
    @Param('fileId', ID) fileId: string,
    @Headers('authorization') authorization: Credentials,
    @Res() response: Response,
  ): Promise<void> {
    await this.events.stream(await this.#authorize(authorization, id), fileId, response);
  }

  @Get(':fileId/content')
  async getContent(
    @Param('id') id: string,
    @Param('fileId', ID) fileId: string,
    @Query() { format }: PredictionContentQuery,
    @Headers('authorization') authorization: Credentials,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const file = await this.files.get(await this.#authorize(authorization, id), fileId);
    await sendObject(this.store, request, response, await this.contents.find(file, format));
  }

  @Head(':fileId/content')
  headContent(
    @Param('id') id: string,
    @Param('fileId', ID) fileId: string,
    @Query() query: PredictionContentQuery,
    @Headers('authorization') authorization: Credentials,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.getContent(id, fileId, query, authorization, request, response);
  }

  @Delete(':fileId')
  async cancelOrRemove(
    @Param('id') id: string,
    @Param('fileId', ID) fileId: string,
    @Headers('authorization') authorization: Credentials,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PredictionFileView | undefined> {
    const canceled = await this.files.cancelOrRemove(await this.#authorize(authorization, id), fileId);
    response.status(canceled === undefined ? 204 : 200);
    return canceled && viewOf(canceled, this.settings.predictionFilesKeptHours);
  }

  #authorize(authorization: Credentials, id: string) {
    return this.credentials.authorize(authorization, { kind: 'model', id, action: 'predict' });
  }
}
