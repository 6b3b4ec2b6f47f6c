import type { ErrorCode } from '../errors/catalogue.js';
import type { FINAL_STATUSES, TrainingSpec, TrainingStatus } from './training-spec.js';

export type FinalStatus = (typeof FINAL_STATUSES)[number];

/** Why a training ended without a model. */
export interface TrainingError {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** A training as callers see it. */
export interface Training {
  readonly id: string;
  readonly modelId: string;
  readonly ownerId: string;
  readonly datasetId: string;
  readonly datasetVersion: number;
  readonly algorithm: string;
  readonly status: TrainingStatus;
  /** 0..1 over the whole of the current attempt. */
  readonly progress: number;
  readonly etaSeconds: number | null;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly spec: TrainingSpec;
  readonly modelVersion: number | null;
  readonly warnings: readonly string[];
  readonly error: TrainingError | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly updatedAt: string;
}

/** A row of the table, with what only the worker and the sweep look at. */
export interface TrainingRow {
  id: string;
  model_id: string;
  owner_id: string;
  dataset_id: string;
  dataset_version: number;
  spec: TrainingSpec;
  status: TrainingStatus;
  progress: number;
  eta_seconds: number | null;
  attempt: number;
  max_attempts: number;
  lease_token: string | null;
  lease_expires_at: Date | null;
  cancel_requested: boolean;
  max_run_seconds: number;
  model_version: number | null;
  warnings: string[];
  error: TrainingError | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  updated_at: Date;
}

export function toTraining(row: TrainingRow): Training {
  return {
    id: row.id,
    modelId: row.model_id,
    ownerId: row.owner_id,
    datasetId: row.dataset_id,
    datasetVersion: row.dataset_version,
    algorithm: row.spec.pipeline.algorithm,
    status: row.status,
    progress: row.progress,
    etaSeconds: row.eta_seconds,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    spec: row.spec,
    modelVersion: row.model_version,
    warnings: row.warnings,
    error: row.error,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
  };
}
