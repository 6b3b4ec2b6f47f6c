import type { Database } from '../database/database.js';
import type { ObjectStore } from '../storage/object-store.js';
import { ModelRepository } from './model.repository.js';
import { ModelUsage } from './model-usage.js';
import { ModelsService } from './models.service.js';
import { RegistryRepository } from './registry/registry.repository.js';

/** The registry without an application around it: for a thread that has a database and a store only. */
export function createModels(database: Database, store: ObjectStore): ModelsService {
  return new ModelsService(
    database,
    new ModelRepository(),
    new RegistryRepository(),
    store,
    new ModelUsage(),
  );
}
