import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ObjectStore } from '../storage/object-store.js';

/** What a request may need. */
export type Dependency = 'database' | 'storage';

/** Tries what the service stands on. */
@Injectable()
export class Readiness {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {}

  /** Those that do not work just now; each is really used once. */
  async failing(): Promise<Dependency[]> {
    const [database, storage] = await Promise.allSettled([this.database.one('select 1'), this.store.check()]);
    return [
      ...(database.status === 'rejected' ? (['database'] as const) : []),
      ...(storage.status === 'rejected' ? (['storage'] as const) : []),
    ];
  }
}
