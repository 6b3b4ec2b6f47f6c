import type { ExportInput, ExportOutput } from '../datasets/formats/export-table.js';
import type { IngestInput, IngestOutput } from '../datasets/ingest/ingest-types.js';
import type { InspectTaskInput, InspectTaskOutput } from '../datasets/inspect/inspect-task.js';
import type { ProfileTaskInput, ProfileTaskOutput } from '../datasets/profile/profile-task.js';
import type { TableProfile } from '../datasets/profile/profile-types.js';
import type { RecipeTaskInput, RecipeTaskOutput } from '../datasets/recipe/recipe-task.js';
import type { ErrorCode } from '../errors/catalogue.js';
import type { ProblemItem } from '../errors/problem.js';
import type { FeedValues } from '../models/imports/engine.js';
import type { ForeignModel } from '../models/imports/foreign-model.js';
import type { ImportTaskInput } from '../models/imports/process/import-task.js';
import type { ContentInput, ContentOutput } from '../predictions/files/content/content-types.js';
import type {
  PredictionTaskInput,
  PredictionTaskOutput,
} from '../predictions/files/process/file-task-types.js';
import type { TrainingProcessInput, TrainingProcessOutput } from '../training/process/process-types.js';

/** The one file of types for what crosses the border between our processes. Everything here survives JSON. */

/** What each kind of process is given and gives back. The key is also the name of its entry. */
export interface ProcessTasks {
  ingest: { input: IngestInput; output: IngestOutput & { readonly profile: TableProfile | null } };
  inspect: { input: InspectTaskInput; output: InspectTaskOutput };
  recipe: { input: RecipeTaskInput; output: RecipeTaskOutput };
  export: { input: ExportInput; output: ExportOutput };
  profile: { input: ProfileTaskInput; output: ProfileTaskOutput };
  prediction: { input: PredictionTaskInput; output: PredictionTaskOutput };
  content: { input: ContentInput; output: ContentOutput };
  import: { input: ImportTaskInput; output: ForeignModel };
  training: { input: TrainingProcessInput; output: TrainingProcessOutput };
}
export type ProcessTask = keyof ProcessTasks;

/** Parent to child. `start` is sent once; `cancel` asks for an orderly end, a kill follows. */
export type ToChild<T extends ProcessTask> =
  | { kind: 'start'; input: ProcessTasks[T]['input'] }
  | { kind: 'cancel' };

/** Child to parent. After `done` or `failed` the child exits by itself. */
export type FromChild<T extends ProcessTask> =
  | { kind: 'progress'; phase: string /** 0..1 within the phase. */; fraction: number }
  | { kind: 'done'; output: ProcessTasks[T]['output'] }
  | { kind: 'failed'; error: ProcessFailure };

/** An error that keeps its code across the border. */
export interface ProcessFailure {
  code: ErrorCode;
  detail: string;
  errors?: ProblemItem[];
}

/** What the process that runs an imported model is told; once `open`, then one `run` at a time. Typed arrays go as they are. */
export type ToModelRunner =
  | { kind: 'open'; path: string; model: ForeignModel; maxBytes: number }
  | {
      kind: 'run';
      nRows: number /** One list for each of the model's inputs. */;
      values: readonly FeedValues[];
    };

/** Each message to the runner has one answer, in their order. */
export type FromModelRunner =
  | { kind: 'opened' }
  | { kind: 'outputs'; outputs: Float64Array }
  | { kind: 'failed'; error: ProcessFailure };
