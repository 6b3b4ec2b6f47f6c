import type { Database } from '../database/database.js';
import { CallbacksRepository } from './callbacks.repository.js';
import { CallbacksService } from './callbacks.service.js';
import { SystemClock } from './clock.js';

/** The outbox without an application around it: for a thread that has a database only. */
export function createCallbacks(db: Database): CallbacksService {
  return new CallbacksService(new CallbacksRepository(db), db, new SystemClock());
}
