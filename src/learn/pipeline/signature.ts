import type { Task } from '../estimator.js';
import type { ColumnType } from '../matrix/table.js';

/** One column that a prediction row must have. */
export interface InputColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** False only where the column's policy refuses missing values. */
  readonly nullable: boolean;
  /** text: the categories seen in training, sorted; absent where the column takes any text (hashing). */
  readonly categories?: readonly string[];
  /** number, date: the range seen in training. */
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a model takes and gives: enough to validate a row, to draw a form and to write an OpenAPI page. */
export interface ModelSignature {
  readonly task: Task;
  /** In the order of training. */
  readonly inputs: readonly InputColumn[];
  readonly target: {
    /** null for clustering. */
    readonly name: string | null;
    /** How labels come back: a class that was a number or a boolean in the data set comes back as one. */
    readonly type: ColumnType;
    /** classification: the labels in the order of the probabilities. */
    readonly classes?: readonly (string | number | boolean)[];
  };
  /** Known columns that are not used: the target and those that were dropped. Rows may have them; they are ignored without a warning. */
  readonly ignored: readonly string[];
}
