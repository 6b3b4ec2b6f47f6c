import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PredictionResponder } from './prediction-responder.js';

/** The ordinary route of what fast-path.ts answers before the framework sees it; a test holds the two together. */
@Controller('models/:id/predict')
export class PredictionsController {
  constructor(private readonly responder: PredictionResponder) {}

  @Post()
  predict(@Req() request: Request, @Res() response: Response, @Param('id') id: string): Promise<void> {
    return this.responder.respond(request, response, id);
  }
}
