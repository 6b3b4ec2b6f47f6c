import { Controller, Get, Header, HttpStatus, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { DefaultModel } from '../default-model.js';
import { PredictionResponder } from '../prediction-responder.js';
import { ScoringService } from '../scoring/scoring.service.js';
import { WireProblemFilter } from './wire-problem.filter.js';

/**
 * The release of MLflow whose own client is held against these routes, which is what callers choose their words by; not
 * a release of ours.
 */
const MLFLOW_VERSION = '3.17.2';
const PING_PATHS = ['ping', 'health'];
const TEXT = 'text/plain; charset=utf-8';

/** MLflow's scoring server for the default model at the root, and for every model below its own path. */
@Controller()
@ReadsOwnBody()
@UseFilters(new WireProblemFilter('mlflow'))
export class MlflowController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly defaultModel: DefaultModel,
    private readonly responder: PredictionResponder,
    private readonly scoring: ScoringService,
  ) {}

  @Get(['version', 'models/:id/mlflow/version'])
  @Header('Content-Type', TEXT)
  version(): string {
    return MLFLOW_VERSION;
  }

  @Get(PING_PATHS)
  async ping(@Res() response: Response): Promise<void> {
    await this.#answerPing(response, this.defaultModel.id());
  }

  @Get(PING_PATHS.map((path) => `models/:id/mlflow/${path}`))
  async pingModel(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') id: string,
  ): Promise<void> {
    await this.credentials.authorize(request.headers.authorization, { kind: 'model', id, action: 'predict' });
    await this.#answerPing(response, id);
  }

  @Post(['invocations', 'models/:id/mlflow/invocations'])
  invocations(@Req() request: Request, @Res() response: Response, @Param('id') id?: string): void {
    const version = typeof request.query['version'] === 'string' ? request.query['version'] : undefined;
    this.responder.respond(request, response, { protocol: 'mlflow', modelId: id ?? null, version });
  }

  /** 404 until the model is loaded, which the question sets off. */
  async #answerPing(response: Response, modelId: string): Promise<void> {
    const isReady = await this.scoring.isReady(modelId);
    response
      .status(isReady ? HttpStatus.OK : HttpStatus.NOT_FOUND)
      .type(TEXT)
      .send('\n');
  }
}
