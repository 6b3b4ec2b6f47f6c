import { deleteExpired, deleteExpiredPredictions } from './retention.repository.js';
import { runRecurring } from './run-recurring.js';

await runRecurring(async (database, settings) => {
  const { trainings, deliveries } = await database.transaction((client) =>
    deleteExpired(client, settings.retentionDays),
  );
  const predictions = await deleteExpiredPredictions(
    database,
    settings.predictionLogDays,
    settings.predictionLogMaxRows,
  );
  return {
    counts: { predictionsDeleted: predictions, trainingsDeleted: trainings, deliveriesDeleted: deliveries },
    enqueue: [],
  };
});
