import { LocalObjectStore } from '../../storage/local-object-store.js';
import { deleteAbandonedUploads, deleteOrphans } from './orphans.js';
import { deleteExpiredExports, deleteExpiredPredictionFiles } from './retention.repository.js';
import { runRecurring } from './run-recurring.js';

const MAX_AGE_MS = 3_600_000;

await runRecurring(async (database, settings) => {
  const store = new LocalObjectStore(settings.storageDir);
  const uploads = await deleteAbandonedUploads(database);
  const exports = await deleteExpiredExports(database, settings.exportsKeptHours);
  const predictionFiles = await deleteExpiredPredictionFiles(database, settings.predictionFilesKeptHours);
  const { scratchFiles, objects } = await deleteOrphans(database, store, MAX_AGE_MS, Date.now());
  return {
    counts: {
      uploadsExpired: uploads,
      exportsExpired: exports,
      predictionFilesExpired: predictionFiles,
      scratchFilesDeleted: scratchFiles,
      orphanedObjectsDeleted: objects,
    },
    enqueue: [],
  };
});
