import { Controller, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { PredictionResponder } from '../prediction-responder.js';

/** Rows without names to the default model. */
@Controller()
@ReadsOwnBody()
export class BareController {
  constructor(private readonly responder: PredictionResponder) {}

  @Post(['predict', 'infer'])
  predict(@Req() request: Request, @Res() response: Response): void {
    const version = typeof request.query['version'] === 'string' ? request.query['version'] : undefined;
    this.responder.respond(request, response, { protocol: 'bare', modelId: null, version });
  }
}
