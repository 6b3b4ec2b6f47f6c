import { availableParallelism } from 'node:os';
import type { SettingTable } from '../setting-definition.js';

/** Files that are predicted as a whole. */
export const PREDICTION_FILE_SETTINGS = {
  predictionFilesConcurrency: {
    variable: 'PREDICTION_FILES_CONCURRENCY',
    kind: 'integer',
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'How many files one process predicts at once; further ones wait.',
  },
  predictionFilesWaiting: {
    variable: 'PREDICTION_FILES_WAITING',
    kind: 'integer',
    default: 16,
    minimum: 0,
    maximum: 10_000,
    description: 'How many files may wait in one process, or be on their way; beyond them callers get 429.',
  },
  predictionFilesThreads: {
    variable: 'PREDICTION_FILES_THREADS',
    kind: 'integer',
    default: Math.min(8, availableParallelism()),
    minimum: 1,
    maximum: 64,
    description: 'Threads that predict one file; each holds the model.',
  },
  predictionFilesMemoryMb: {
    variable: 'PREDICTION_FILES_MEMORY_MB',
    kind: 'integer',
    default: 2048,
    minimum: 256,
    description: 'Memory of the process that predicts a file, in MiB.',
  },
  predictionFilesTimeoutSeconds: {
    variable: 'PREDICTION_FILES_TIMEOUT_SECONDS',
    kind: 'seconds',
    default: 3600,
    minimum: 1,
    description: 'How long the predicting of one file may take, in seconds.',
  },
  predictionFilesKeptHours: {
    variable: 'PREDICTION_FILES_KEPT_HOURS',
    kind: 'integer',
    default: 24,
    minimum: 1,
    description: 'How long a file of predictions is kept after it was made, in hours.',
  },
} as const satisfies SettingTable;
