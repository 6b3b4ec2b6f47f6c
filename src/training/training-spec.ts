import type { JsonObject } from '../learn/json.js';
import type { PipelineSpec } from '../learn/pipeline/spec.js';
import type { RecipeStep } from '../learn/recipe/index.js';

/** Other forms of a model that a bundle may hold. */
export const EXPORT_FORMATS = ['onnx'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** When a new version answers where no version is named. */
export const PROMOTIONS = ['always', 'if_better', 'never'] as const;
export type Promotion = (typeof PROMOTIONS)[number];

/** The recipe that is applied before, as it was when the training was accepted. */
export interface TrainingRecipe {
  readonly name: string;
  readonly version: number;
  readonly steps: readonly RecipeStep[];
}

/** A training as it was accepted: complete, validated, kept with its row. */
export interface TrainingSpec {
  readonly modelId: string;
  readonly modelName: string;
  readonly ownerId: string;
  readonly datasetId: string;
  readonly datasetVersion: number;
  /** The size of the data set's version: estimates of later trainings learn from it. */
  readonly nRows: number;
  readonly nColumns: number;
  /** Absent: the data set as it is. The columns of `pipeline` are those that it makes. */
  readonly recipe?: TrainingRecipe;
  readonly pipeline: PipelineSpec;
  readonly maxRunSeconds: number;
  /** What the bundle is to hold besides; absent: what is small. */
  readonly exports?: readonly ExportFormat[];
  /** When the new version answers where no version is named; absent: always. */
  readonly promotion?: Promotion;
  /** What the caller wants to find again at the training. */
  readonly annotations?: JsonObject;
}

/** The phases of a running training, in order. */
export const TRAINING_PHASES = [
  'loading',
  'encoding',
  'scaling',
  'fitting',
  'evaluating',
  'bundling',
] as const;
export type TrainingPhase = (typeof TRAINING_PHASES)[number];

export const FINAL_STATUSES = ['succeeded', 'failed', 'canceled', 'timed_out'] as const;
export type TrainingStatus = 'queued' | TrainingPhase | (typeof FINAL_STATUSES)[number];
