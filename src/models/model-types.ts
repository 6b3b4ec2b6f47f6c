import type { Task } from '../learn/estimator.js';
import type { JsonObject } from '../learn/json.js';
import type { ModelSignature } from '../learn/pipeline/signature.js';

/** One version of a model, as it is kept. Never changed after it was committed. */
export interface ModelVersion {
  readonly modelId: string;
  readonly version: number;
  /** null: imported. */
  readonly trainingId: string | null;
  readonly algorithm: string;
  readonly task: Task;
  readonly signature: ModelSignature;
  /** Object key of the bundle. */
  readonly bundleKey: string;
  readonly nBytes: number;
  /** Of the bundle file, lower-case hex. */
  readonly sha256: string;
  /** The report's `summary`, or null. */
  readonly summary: JsonObject | null;
  readonly createdAt: Date;
}

/** A model that has, or once had, a version here. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** null before the first training has succeeded. */
  readonly current: ModelVersion | null;
}

/** What becomes a new version. */
export interface NewModelVersion {
  readonly modelId: string;
  readonly modelName: string;
  readonly ownerId: string;
  /** null: imported. */
  readonly trainingId: string | null;
  readonly algorithm: string;
  readonly task: Task;
  readonly signature: ModelSignature;
  readonly report: JsonObject;
  readonly bundleKey: string;
  readonly nBytes: number;
  readonly sha256: string;
}

/** Part of a list, in the order of the ids. */
export interface ModelListQuery {
  readonly ownerId?: string | undefined;
  /** 1..200. */
  readonly limit: number;
  /** The id after which the part begins. */
  readonly after?: string | undefined;
}
