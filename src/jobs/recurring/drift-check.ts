import { createCallbacks } from '../../callbacks/create-callbacks.js';
import { ModelRepository } from '../../models/model.repository.js';
import { DriftRepository } from '../../predictions/drift/drift.repository.js';
import { DriftSweep } from '../../predictions/drift/drift-sweep.js';
import { runRecurring } from './run-recurring.js';

await runRecurring(async (database) => {
  const sweep = new DriftSweep(
    database,
    new DriftRepository(),
    new ModelRepository(),
    createCallbacks(database),
  );
  const { nDrifted, retrain } = await sweep.run(new Date());
  return { counts: { modelsDrifted: nDrifted }, enqueue: [], retrain };
});
