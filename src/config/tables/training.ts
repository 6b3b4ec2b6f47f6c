import { availableParallelism } from 'node:os';
import type { SettingTable } from '../setting-definition.js';

/** Trainings. */
export const TRAINING_SETTINGS = {
  trainingConcurrency: {
    variable: 'TRAINING_CONCURRENCY',
    kind: 'integer',
    default: 1,
    minimum: 0,
    maximum: 64,
    description: 'How many trainings one worker runs at once; 0 takes none.',
  },
  trainingThreads: {
    variable: 'TRAINING_THREADS',
    kind: 'integer',
    default: availableParallelism(),
    minimum: 1,
    maximum: 256,
    description: 'Threads of one training.',
  },
  trainingMemoryMb: {
    variable: 'TRAINING_MEMORY_MB',
    kind: 'integer',
    default: 8192,
    minimum: 128,
    description: 'Memory of one training process, in MiB.',
  },
  trainingMaxRunSeconds: {
    variable: 'TRAINING_MAX_RUN_SECONDS',
    kind: 'seconds',
    default: 3600,
    minimum: 1,
    description: 'The longest run time a training may ask for, and its default, in seconds.',
  },
  trainingMaxAttempts: {
    variable: 'TRAINING_MAX_ATTEMPTS',
    kind: 'integer',
    default: 3,
    minimum: 1,
    maximum: 10,
    description: 'How often a training whose process was lost is tried.',
  },
  trainingLeaseSeconds: {
    variable: 'TRAINING_LEASE_SECONDS',
    kind: 'seconds',
    default: 15,
    minimum: 2,
    description: 'A worker that has not renewed its lease for this long has lost the training, in seconds.',
  },
} as const satisfies SettingTable;
