import { Controller, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { ServiceTokenGuard } from '../auth/service-token.guard.js';
import type { Training } from './training.js';
import { TrainingsService } from './trainings.service.js';

/** Trains a model as its current version was trained, on the newest data. */
@Controller('internal/models/:id/retrain')
@UseGuards(ServiceTokenGuard)
export class RetrainController {
  constructor(private readonly trainings: TrainingsService) {}

  @Post()
  @HttpCode(202)
  async retrain(@Param('id') id: string, @Res({ passthrough: true }) response: Response): Promise<Training> {
    const training = await this.trainings.retrain(id);
    response.setHeader('Location', `/internal/trainings/${training.id}`);
    return training;
  }
}
