import { availableParallelism } from 'node:os';
import { MIB, type SettingTable } from '../setting-definition.js';

/** The parsing of data sets, and which versions and exports of them are kept. */
export const DATASET_SETTINGS = {
  ingestMemoryMb: {
    variable: 'INGEST_MEMORY_MB',
    kind: 'integer',
    default: 2048,
    minimum: 256,
    description: 'Memory of one ingest process, in MiB.',
  },
  ingestTimeoutSeconds: {
    variable: 'INGEST_TIMEOUT_SECONDS',
    kind: 'seconds',
    default: 600,
    minimum: 1,
    description: 'How long the parsing of one upload may take, in seconds.',
  },
  ingestMaxColumns: {
    variable: 'INGEST_MAX_COLUMNS',
    kind: 'integer',
    default: 10000,
    minimum: 1,
    description: 'The most columns a data set may have.',
  },
  ingestMaxBytes: {
    variable: 'INGEST_MAX_BYTES',
    kind: 'bytes',
    default: 20 * 1024 * MIB,
    minimum: 1,
    description: 'The largest data-set file after decompression, in bytes.',
  },
  ingestThreads: {
    variable: 'INGEST_THREADS',
    kind: 'integer',
    default: Math.min(4, availableParallelism()),
    minimum: 1,
    maximum: 64,
    description: 'Threads of one ingest process.',
  },
  datasetVersionsKept: {
    variable: 'DATASET_VERSIONS_KEPT',
    kind: 'integer',
    default: 10,
    minimum: 1,
    description:
      'How many of the newest versions of a data set are kept; those that a model was made of, or that a training needs, are kept beyond.',
  },
  exportsKeptHours: {
    variable: 'EXPORTS_KEPT_HOURS',
    kind: 'integer',
    default: 24,
    minimum: 1,
    description:
      'How long a CSV or Parquet file that was made for a download is kept after it was last asked for, in hours.',
  },
  ingestConcurrency: {
    variable: 'INGEST_CONCURRENCY',
    kind: 'integer',
    default: 2,
    minimum: 1,
    description: 'How many uploads one process parses at once; further ones wait.',
  },
} as const satisfies SettingTable;
