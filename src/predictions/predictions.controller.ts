import { Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PredictionResponder } from './prediction-responder.js';

/** The ordinary routes of what fast-path.ts answers before the framework sees it; a test holds the two together. */
@Controller()
export class PredictionsController {
  constructor(private readonly responder: PredictionResponder) {}

  @Post('models/:id/predict')
  predict(
    @Req() request: Request,
    @Res() response: Response,
    @Param('id') modelId: string,
    @Query('version') version?: string,
  ): Promise<void> {
    return this.responder.respond(request, response, { protocol: 'native', modelId, version });
  }
}
