import { Controller, Get, HttpStatus, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { choiceOf } from '../../models/registry/version-choice.js';
import { Readiness } from '../../observability/readiness.js';
import { PredictionResponder } from '../prediction-responder.js';
import type { ModelMetadata } from '../protocols/open-inference/model-metadata.js';
import { OpenInferenceModels } from './open-inference-models.js';
import { WireProblemFilter } from './wire-problem.filter.js';

const MODEL_PATHS = ['v2/models/:id', 'v2/models/:id/versions/:version'];
const under = (last: string) => MODEL_PATHS.map((path) => `${path}/${last}`);

/** The Open Inference Protocol, version 2. What concerns a model asks for the right to predict with it. */
@Controller()
@ReadsOwnBody()
@UseFilters(new WireProblemFilter('open-inference'))
export class OpenInferenceController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly models: OpenInferenceModels,
    private readonly readiness: Readiness,
    private readonly responder: PredictionResponder,
  ) {}

  @Get('v2')
  server(): object {
    return { name: 'trainyard', version: '0.1.0', extensions: ['binary_tensor_data'] };
  }

  @Get('v2/health/live')
  live(): object {
    return { live: true };
  }

  @Get('v2/health/ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const ready = (await this.readiness.failing()).length === 0;
    if (!ready) response.status(HttpStatus.SERVICE_UNAVAILABLE).setHeader('Retry-After', 1);
    return { ready };
  }

  @Get(MODEL_PATHS)
  async metadata(
    @Req() request: Request,
    @Param('id') id: string,
    @Param('version') version?: string,
  ): Promise<ModelMetadata> {
    await this.#authorize(request, id);
    return this.models.metadata(id, choiceOf(version));
  }

  @Get(under('ready'))
  async modelReady(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Param('id') id: string,
    @Param('version') version?: string,
  ): Promise<object> {
    await this.#authorize(request, id);
    const ready = await this.models.isReady(id, choiceOf(version));
    if (!ready) response.status(HttpStatus.SERVICE_UNAVAILABLE).setHeader('Retry-After', 1);
    return { name: id, ready };
  }

  @Post(under('infer'))
  infer(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') modelId: string,
    @Param('version') version?: string,
  ): void {
    this.responder.respond(request, response, { protocol: 'open-inference', modelId, version });
  }

  async #authorize(request: Request, id: string): Promise<void> {
    await this.credentials.authorize(request.headers.authorization, { kind: 'model', id, action: 'predict' });
  }
}
