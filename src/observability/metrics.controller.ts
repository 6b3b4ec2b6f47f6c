import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ServiceTokenGuard } from '../auth/service-token.guard.js';
import { Metrics } from './metrics.js';

/** The metrics in Prometheus' text format. */
@Controller('metrics')
@UseGuards(ServiceTokenGuard)
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  read(): Promise<string> {
    return this.metrics.text();
  }
}
