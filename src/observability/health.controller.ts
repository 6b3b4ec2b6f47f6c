import { Controller, Get, Header, Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Problem } from '../errors/problem.js';
import { ObjectStore } from '../storage/object-store.js';

/** For whoever restarts us (live) and whoever sends us requests (ready). */
@Controller('health')
export class HealthController {
  readonly #log = new Logger('health');

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(): Promise<{ status: string; database: string; storage: string }> {
    const [database, storage] = await Promise.allSettled([this.database.one('select 1'), this.store.check()]);
    const failures = [
      ...(database.status === 'rejected' ? ['database'] : []),
      ...(storage.status === 'rejected' ? ['storage'] : []),
    ];
    if (failures.length === 0) return { status: 'ready', database: 'ok', storage: 'ok' };
    this.#log.warn({ msg: 'not ready', failures });
    throw new Problem('not_ready', `Not working: ${failures.join(', ')}.`, [], 5);
  }
}
