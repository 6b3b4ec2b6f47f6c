import { Body, Controller, Get, Headers, HttpCode, Param, ParseUUIDPipe, Put, Query } from '@nestjs/common';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { Problem } from '../../errors/problem.js';
import { LogChoices } from './log-choices.js';
import type { KeptPrediction } from './log-types.js';
import { ActualDto, ListPredictionsDto, LogChoiceDto, PerformanceDto } from './prediction-log.dto.js';
import { PredictionLogService, predictionNotFound } from './prediction-log.service.js';
import { toPredictionView } from './prediction-views.js';

type Credentials = string | undefined;
const ID = new ParseUUIDPipe({ exceptionFactory: predictionNotFound });

/** What was predicted, what was true, and what is kept of it: for those who may read, or change, the model. */
@Controller()
export class PredictionLogController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly log: PredictionLogService,
    private readonly choices: LogChoices,
  ) {}

  @Get('predictions/:predictionId')
  async getPrediction(
    @Headers('authorization') authorization: Credentials,
    @Param('predictionId', ID) predictionId: string,
  ) {
    const rows = await this.#rowsFor('read', authorization, predictionId);
    return { rows: await this.#views(rows) };
  }

  @Put('predictions/:predictionId/actual')
  @HttpCode(204)
  async putActual(
    @Headers('authorization') authorization: Credentials,
    @Param('predictionId', ID) predictionId: string,
    @Body() { row, actual }: ActualDto,
  ): Promise<void> {
    const rows = await this.#rowsFor('predict', authorization, predictionId);
    const prediction = rows.find((each) => each.row === row);
    if (prediction === undefined) throw predictionNotFound();
    await this.log.setActual(prediction, actual);
  }

  @Get('models/:id/predictions')
  async list(
    @Headers('authorization') authorization: Credentials,
    @Param('id') id: string,
    @Query() { limit, before, beforeRow }: ListPredictionsDto,
  ) {
    await this.#may('read', authorization, id);
    return { predictions: await this.#views(await this.log.list(id, limit, before, beforeRow)) };
  }

  @Get('models/:id/performance')
  async performance(
    @Headers('authorization') authorization: Credentials,
    @Param('id') id: string,
    @Query() { since }: PerformanceDto,
  ) {
    await this.#may('read', authorization, id);
    return { versions: await this.log.performance(id, new Date(since ?? 0)) };
  }

  @Get('models/:id/prediction-log')
  async getChoice(@Headers('authorization') authorization: Credentials, @Param('id') id: string) {
    await this.#may('read', authorization, id);
    return this.choices.get(id);
  }

  @Put('models/:id/prediction-log')
  async putChoice(
    @Headers('authorization') authorization: Credentials,
    @Param('id') id: string,
    @Body() { sampleShare, keepDays = this.choices.standard.keepDays, retrainOnDrift }: LogChoiceDto,
  ) {
    await this.#may('write', authorization, id);
    await this.choices.set(id, { sampleShare, keepDays, retrainOnDrift });
    return this.choices.get(id);
  }

  /** Whoever may not see the model is told the same as of an id that was never given. */
  async #rowsFor(
    action: 'read' | 'predict',
    authorization: Credentials,
    predictionId: string,
  ): Promise<KeptPrediction[]> {
    const rows = await this.log.find(predictionId);
    try {
      await this.#may(action, authorization, rows[0]!.modelId);
    } catch (error) {
      const isHidden = error instanceof Problem && ['forbidden', 'model_not_found'].includes(error.code);
      throw isHidden ? predictionNotFound() : error;
    }
    return rows;
  }

  async #views(rows: readonly KeptPrediction[]) {
    const versions = new Map<number, ReturnType<PredictionLogService['signatureOf']>>();
    for (const row of rows) {
      if (!versions.has(row.modelVersion)) versions.set(row.modelVersion, this.log.signatureOf(row));
    }
    return Promise.all(rows.map(async (row) => toPredictionView(row, await versions.get(row.modelVersion)!)));
  }

  async #may(action: 'read' | 'write' | 'predict', authorization: Credentials, id: string): Promise<void> {
    await this.credentials.authorize(authorization, { kind: 'model', id, action });
  }
}
