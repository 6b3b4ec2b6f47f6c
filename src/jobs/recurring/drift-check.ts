import { createDriftSweep } from '../../predictions/drift/create-drift-sweep.js';
import { LocalObjectStore } from '../../storage/local-object-store.js';
import { runRecurring } from './run-recurring.js';

await runRecurring(async (database, settings) => {
  const sweep = createDriftSweep(database, new LocalObjectStore(settings.storageDir));
  const { nDrifted, retrain } = await sweep.run(new Date());
  return { counts: { modelsDrifted: nDrifted }, enqueue: [], retrain };
});
