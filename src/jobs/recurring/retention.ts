import { deleteExpired } from './retention.repository.js';
import { runRecurring } from './run-recurring.js';

await runRecurring(async (database, settings) => {
  const { trainings, deliveries } = await database.transaction((client) =>
    deleteExpired(client, settings.retentionDays),
  );
  return { counts: { trainingsDeleted: trainings, deliveriesDeleted: deliveries }, enqueue: [] };
});
