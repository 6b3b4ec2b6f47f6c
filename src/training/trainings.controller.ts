import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { Response } from 'express';
import { ServiceTokenGuard } from '../auth/service-token.guard.js';
import { Problem } from '../errors/problem.js';
import type { Training } from './training.js';
import { TrainingEvents } from './training-events.js';
import { ListTrainingsDto } from './trainings.dto.js';
import { TrainingsService } from './trainings.service.js';

const DEFAULT_LIMIT = 50;

/** Trainings, for the data server. */
@Controller('internal/trainings')
@UseGuards(ServiceTokenGuard)
export class TrainingsController {
  constructor(
    private readonly trainings: TrainingsService,
    private readonly events: TrainingEvents,
  ) {}

  /** The body is taken as it came: what is wrong with it is told together with what only the data set shows. */
  @Post()
  @HttpCode(202)
  async start(
    @Body() body: unknown,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Training> {
    const training = await this.trainings.start(body, idempotencyKey);
    response.setHeader('Location', `/internal/trainings/${training.id}`);
    return training;
  }

  @Get()
  list(@Query() query: ListTrainingsDto): Promise<{ trainings: Training[]; next: string | null }> {
    return this.trainings.list({ ...query, limit: query.limit ?? DEFAULT_LIMIT });
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<Training> {
    return this.trainings.get(known(id));
  }

  @Get(':id/events')
  async watch(@Param('id') id: string, @Res() response: Response): Promise<void> {
    await this.events.stream(known(id), response);
  }

  @Post(':id/cancel')
  async cancel(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<Training> {
    const { training, wasCanceled } = await this.trainings.cancel(known(id));
    response.status(wasCanceled ? 200 : 202);
    return training;
  }
}

/** Ids of ours are UUIDs; whatever else is asked for does not exist. */
function known(id: string): string {
  if (!isUUID(id)) throw new Problem('training_not_found', 'There is no training with this id.');
  return id;
}
