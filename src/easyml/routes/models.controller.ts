import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { attachmentHeader } from '../../http/content-disposition.js';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { sendObject } from '../../http/send-object.js';
import { ModelsService } from '../../models/models.service.js';
import { ObjectStore } from '../../storage/object-store.js';
import { type EasymlRecord, EasymlRecords } from '../data-server/records.js';
import { KeptFiles } from '../kept-files.js';
import { FilePredictions } from '../predictions/predictions.js';
import { ModelInfos } from '../trainings/model-infos.js';
import { Callers } from '../wire/callers.js';
import { EasymlFilter } from '../wire/easyml.filter.js';
import { EasymlError, NOT_ALLOWED } from '../wire/easyml-error.js';

/** The app's keeper of models: their files, and files of predictions. */
@Controller()
@UseFilters(EasymlFilter)
@ReadsOwnBody()
export class EasymlModelsController {
  constructor(
    private readonly callers: Callers,
    private readonly records: EasymlRecords,
    private readonly models: ModelsService,
    private readonly infos: ModelInfos,
    private readonly predictions: FilePredictions,
    private readonly files: KeptFiles,
    private readonly store: ObjectStore,
  ) {}

  @Get('download/m/:id')
  async downloadModel(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
  ): Promise<void> {
    const { name } = await this.#trained(request, id, 'Model was never trained before.');
    const { bundleKey, nBytes, sha256 } = await this.models.getTrainedVersion(id);
    const file = {
      key: bundleKey,
      fileName: `${name}.zip`,
      mediaType: 'application/octet-stream',
      nBytes,
      sha256,
    };
    await sendObject(this.store, request, response, file);
  }

  @Post('predict/:id')
  async predict(@Req() request: Request, @Param('id') id: string): Promise<object> {
    const { ownerId } = await this.#trained(request, id, 'Model was never trained before.');
    await this.predictions.predict(request, ownerId, id, await this.infos.get(id));
    const detail = 'The predictions are ready at the endpoint.';
    return { detail, endpoint: `/download/p/${id}` };
  }

  @Get('download/p/:id')
  async downloadPredictions(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
  ): Promise<void> {
    const nothing = 'No predictions were preformed on this model before';
    const { ownerId, name } = await this.#trained(request, id, nothing);
    const { type } = (await this.infos.get(id)).dataset_info;
    const path = this.predictions.path(ownerId, id, type);
    if (!(await this.files.exists(path))) throw new EasymlError(404, nothing);
    response.setHeader('Content-Type', 'application/octet-stream');
    response.setHeader('Content-Disposition', attachmentHeader(`${name}.${type}`));
    await pipeline(createReadStream(path), response);
  }

  /** The caller's own model, which has been trained. */
  async #trained(request: Request, id: string, untrained: string): Promise<EasymlRecord> {
    const userId = await this.callers.requireUser(request);
    const record = await this.records.model(id);
    if (record === undefined) throw new EasymlError(404, 'The model specified was not found.');
    if (record.ownerId !== userId) throw new EasymlError(403, NOT_ALLOWED);
    const model = await this.models.findModel(id);
    if (!model?.current || model.ownerId !== userId) throw new EasymlError(404, untrained);
    return record;
  }
}
