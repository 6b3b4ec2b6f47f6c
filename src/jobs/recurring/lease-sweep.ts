import { sweepLeases } from '../../training/lease-sweep.js';
import { runRecurring } from './run-recurring.js';

await runRecurring(async (database) => {
  const { expired, waiting } = await sweepLeases(database);
  return { counts: { trainingsTakenFromLostWorkers: expired }, enqueue: waiting };
});
