import { Body, Controller, Get, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { Caller, CallerGuard } from '../users/caller.guard.js';
import type { User } from '../users/user.js';
import { TrainDto } from './trainings.dto.js';
import { TrainingsService } from './trainings.service.js';
import type { RelayedAnswer } from './trainyard-client.js';

@Controller('models/:id')
@UseGuards(CallerGuard)
export class TrainingsController {
  constructor(private readonly trainings: TrainingsService) {}

  @Post('train')
  async train(
    @Caller() caller: User,
    @Param('id') id: string,
    @Body() body: TrainDto,
    @Res() response: Response,
  ): Promise<void> {
    relay(await this.trainings.start(caller, id, body), response);
  }

  @Get('training')
  async progress(@Caller() caller: User, @Param('id') id: string, @Res() response: Response): Promise<void> {
    relay(await this.trainings.progress(caller, id), response);
  }
}

/** Status, type and body as they came: a refusal names the argument better than anybody here could. */
function relay({ status, contentType, body }: RelayedAnswer, response: Response): void {
  response.status(status).setHeader('Content-Type', contentType);
  response.send(Buffer.from(JSON.stringify(body ?? {})));
}
