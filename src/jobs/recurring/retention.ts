import { deleteExpired } from './retention.repository.js';
import { runRecurring } from './run-recurring.js';

await runRecurring(async (database, settings) => {
  const { trainings, deliveries } = await database.transaction((client) =>
    deleteExpired(client, settings.retentionDays),
  );
  return {
    counts: {
      ...(trainings > 0 ? { trainingsDeleted: trainings } : {}),
      ...(deliveries > 0 ? { deliveriesDeleted: deliveries } : {}),
    },
    enqueue: [],
  };
});
