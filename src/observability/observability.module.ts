import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { AccessLog } from './access-log.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** Health, and the metrics that every module may add to. */
@Module({})
export class ObservabilityModule {
  static forRoot(metrics: Metrics, accessLog: AccessLog): DynamicModule {
    return {
      module: ObservabilityModule,
      global: true,
      imports: [AuthModule],
      controllers: [HealthController, MetricsController],
      providers: [
        Readiness,
        { provide: Metrics, useValue: metrics },
        { provide: AccessLog, useValue: accessLog },
      ],
      exports: [AccessLog, Metrics, Readiness],
    };
  }
}
