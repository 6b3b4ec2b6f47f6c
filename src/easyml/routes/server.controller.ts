import { Controller, Get, Head, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { Problem } from '../../errors/problem.js';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { EasymlRecords } from '../data-server/records.js';
import type { Arguments } from '../model-types/check-arguments.js';
import { pandasColumns } from '../pandas-columns.js';
import { ModelInfos } from '../trainings/model-infos.js';
import { TrainingStarts } from '../trainings/training-starts.js';
import { Callers } from '../wire/callers.js';
import { EasymlFilter } from '../wire/easyml.filter.js';
import { EasymlError } from '../wire/easyml-error.js';
import { readArguments, requireArguments, requireJson } from '../wire/json-request.js';

const INT = ['int'] as const;

/** What the data server asks of EasyML's machine-learning server. */
@Controller()
@UseFilters(EasymlFilter)
@ReadsOwnBody()
export class EasymlServerController {
  constructor(
    private readonly callers: Callers,
    private readonly records: EasymlRecords,
    private readonly datasets: DatasetsService,
    private readonly infos: ModelInfos,
    private readonly starts: TrainingStarts,
  ) {}

  @Get('/')
  alive(@Res() response: Response): void {
    response.status(200).end();
  }

  @Head('/')
  isAlive(@Res() response: Response): void {
    this.alive(response);
  }

  @Post('train')
  @HttpCode(202)
  async train(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<object> {
    await this.starts.start(await this.#read(request, response));
    return { detail: 'Started training' };
  }

  @Get('info/d')
  async datasetInfo(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const { userId, id } = idsOf(await this.#read(request, response), 'data_id');
    const record = await this.records.dataset(id);
    if (record === undefined) throw new EasymlError(404, 'The data set specified was not found.');
    if (record.ownerId !== userId)
      throw new EasymlError(403, 'The data specified does not belong to the user');
    const { columns, format } = await this.datasets
      .getVersion(id)
      .catch(orElse('dataset_not_found', 'File for requested data set not found'));
    return { type: record.type, columns: pandasColumns(columns, format) };
  }

  @Get('info/m')
  async modelInfo(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<object> {
    const { userId, id } = idsOf(await this.#read(request, response), 'model_id');
    const record = await this.records.model(id);
    if (record === undefined) throw new EasymlError(404, 'The model specified was not found.');
    if (record.ownerId !== userId) {
      throw new EasymlError(403, 'The model specified does not belong to the user.');
    }
    const untrained = 'The model has never been trained before.';
    return this.infos
      .get(id)
      .catch(orElse('model_not_found', untrained))
      .catch(orElse('model_not_trained', untrained));
  }

  /** What the request says comes first, then who sends it, then what is in it. */
  async #read(request: Request, response: Response): Promise<Arguments> {
    requireJson(request);
    await this.callers.requireDataServer(request);
    return readArguments(request, response);
  }
}

function idsOf(sent: Arguments, name: string): { userId: string; id: string } {
  requireArguments(
    [
      { name: 'user_id', types: INT },
      { name, types: INT },
    ],
    sent,
  );
  return { userId: String(sent['user_id']), id: String(sent[name]) };
}

function orElse(code: string, detail: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof Problem && error.code === code ? new EasymlError(404, detail) : error;
  };
}
