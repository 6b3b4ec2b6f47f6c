import { createCallbacks } from '../../callbacks/create-callbacks.js';
import type { Database } from '../../database/database.js';
import { createModels } from '../../models/create-models.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { DriftRepository } from './drift.repository.js';
import { DriftSweep } from './drift-sweep.js';

/** The sweep without an application around it. */
export function createDriftSweep(database: Database, store: ObjectStore): DriftSweep {
  return new DriftSweep(
    database,
    new DriftRepository(),
    createModels(database, store),
    createCallbacks(database),
  );
}
