import type { DatasetFormat } from '../../datasets/ingest/ingest-types.js';
import type { ErrorCode } from '../../errors/catalogue.js';
import type { ProblemItem } from '../../errors/problem.js';
import type { JsonLayout } from './content/content-types.js';
import type { AddedColumns, FileColumn, RowProblemPolicy } from './process/file-task-types.js';

export type PredictionFileStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';

/** A model that a caller may predict with, and what is known of both. */
export interface AskedModel {
  readonly id: string;
  readonly ownerId: string;
  /** Undefined where the data server does not say it. */
  readonly callerId?: string;
}

/** How it went wrong. */
export interface PredictionFileError {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: readonly ProblemItem[];
}

/** What is known when it has succeeded. */
export interface PredictionFileResult {
  /** Of the table that holds the rows and the predictions. */
  readonly columns: readonly FileColumn[];
  readonly added: AddedColumns;
  readonly nWarnings: number;
  readonly nRowsWithProblems: number;
}

/** A file of rows that was sent to a model, and how far it is. */
export interface PredictionFile {
  readonly id: string;
  readonly modelId: string;
  readonly modelVersion: number;
  /** Who sent it; null where the data server does not say. */
  readonly callerId: string | null;
  readonly status: PredictionFileStatus;
  /** 0..1. */
  readonly progress: number;
  readonly etaSeconds: number | null;
  readonly fileName: string | null;
  readonly nBytes: number;
  readonly onRowProblem: RowProblemPolicy;
  /** Null until the file was read. */
  readonly format: DatasetFormat | null;
  readonly layout: JsonLayout | null;
  readonly nRows: number | null;
  readonly result: PredictionFileResult | null;
  readonly error: PredictionFileError | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly updatedAt: Date;
}

/** As callers see it. */
export interface PredictionFileView
  extends Omit<
    PredictionFile,
    'callerId' | 'layout' | 'result' | 'createdAt' | 'startedAt' | 'finishedAt' | 'updatedAt'
  > {
  readonly columns: AddedColumns | null;
  readonly nWarnings: number | null;
  readonly nRowsWithProblems: number | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly updatedAt: string;
  /** When it is deleted; null while it is not finished. */
  readonly expiresAt: string | null;
}

export function isFinal(status: PredictionFileStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

export function viewOf(file: PredictionFile, keptHours: number): PredictionFileView {
  const { callerId: _, layout: __, result, createdAt, startedAt, finishedAt, updatedAt, ...shown } = file;
  const expiresAtMs = finishedAt === null ? null : finishedAt.getTime() + keptHours * 3_600_000;
  return {
    ...shown,
    columns: result?.added ?? null,
    nWarnings: result?.nWarnings ?? null,
    nRowsWithProblems: result?.nRowsWithProblems ?? null,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    updatedAt: updatedAt.toISOString(),
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  };
}
