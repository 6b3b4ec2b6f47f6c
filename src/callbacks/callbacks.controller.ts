import { Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { ServiceTokenGuard } from '../auth/service-token.guard.js';
import { Problem } from '../errors/problem.js';
import { ListDeliveriesDto } from './callbacks.dto.js';
import { CallbacksService } from './callbacks.service.js';
import type { Delivery } from './delivery.js';

const DEFAULT_LIMIT = 50;

/** Callbacks for operators: what was told, what failed, and once more. */
@Controller('internal/callbacks')
@UseGuards(ServiceTokenGuard)
export class CallbacksController {
  constructor(private readonly callbacks: CallbacksService) {}

  @Get()
  list(@Query() query: ListDeliveriesDto): Promise<{ deliveries: Delivery[]; next: string | null }> {
    return this.callbacks.list({ ...query, limit: query.limit ?? DEFAULT_LIMIT });
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<Delivery & { payload: unknown }> {
    const delivery = await this.callbacks.get(known(id));
    return { ...delivery, payload: JSON.parse(delivery.payload) };
  }

  @Post(':id/replay')
  @HttpCode(202)
  replay(@Param('id') id: string): Promise<Delivery> {
    return this.callbacks.replay(known(id));
  }
}

/** Ids of ours are UUIDs; whatever else is asked for does not exist. */
function known(id: string): string {
  if (!isUUID(id)) throw new Problem('delivery_not_found', 'There is no delivery with this id.');
  return id;
}
