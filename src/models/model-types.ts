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
  /** What it was made of: data set and recipe with their versions, seed, program. null: imported. */
  readonly lineage: ModelLineage | null;
  /** The owner's words, name by name. */
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

/** Where a trained version comes from. */
export interface ModelLineage {
  readonly datasetId: string;
  readonly datasetVersion: number;
  readonly datasetSha256: string;
  /** null: the data set as it was. */
  readonly recipe: { readonly name: string; readonly version: number } | null;
  readonly seed: number;
  /** Name and version of the program that trained it. */
  readonly producer: string;
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
  /** null: imported. */
  readonly lineage: ModelLineage | null;
  /** Whether it is the current version from now on. A model's first one always is. */
  readonly promote: boolean;
  /** Written down where it becomes the current one. */
  readonly reason: 'trained' | 'imported' | 'won';
}

/** Part of a list, in the order of the ids. */
export interface ModelListQuery {
  readonly ownerId?: string | undefined;
  /** 1..200. */
  readonly limit: number;
  /** The id after which the part begins. */
  readonly after?: string | undefined;
}
