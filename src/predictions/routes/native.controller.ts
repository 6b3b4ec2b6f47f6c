import { Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ReadsOwnBody } from '../../http/json-body.interceptor.js';
import { PredictionResponder } from '../prediction-responder.js';

/** Rows as objects, to a model by its id. */
@Controller('models/:id/predict')
@ReadsOwnBody()
export class NativeController {
  constructor(private readonly responder: PredictionResponder) {}

  @Post()
  predict(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') modelId: string,
    @Query('version') version?: string,
  ): void {
    this.responder.respond(request, response, { protocol: 'native', modelId, version });
  }
}
