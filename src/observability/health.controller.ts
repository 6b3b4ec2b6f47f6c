import { Controller, Get, Header, Logger } from '@nestjs/common';
import { Problem } from '../errors/problem.js';
import { Readiness } from './readiness.js';

/** For whoever restarts us (live) and whoever sends us requests (ready). */
@Controller('health')
export class HealthController {
  readonly #log = new Logger('health');

  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(): Promise<{ status: string; database: string; storage: string }> {
    const failing = await this.readiness.failing();
    if (failing.length === 0) return { status: 'ready', database: 'ok', storage: 'ok' };
    this.#log.warn({ msg: 'not ready', failing });
    throw new Problem('not_ready', `Not working: ${failing.join(', ')}.`, [], 5);
  }
}
