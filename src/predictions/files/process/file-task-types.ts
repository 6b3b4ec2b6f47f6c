import type { ColumnSchema } from '../../../datasets/ingest/ingest-types.js';
import type { ModelSignature } from '../../../learn/pipeline/signature.js';
import type { ForeignFile } from '../../../models/imports/foreign-model.js';
import type { SampledRow, SampleQuestion } from './row-sample.js';

/** A column of a canonical table; the n-th of a list is called c<n> in the file. */
export type FileColumn = Pick<ColumnSchema, 'name' | 'type' | 'integer'>;

/** What becomes of a file with rows that the model cannot take. */
export const ROW_PROBLEM_POLICIES = ['keep', 'reject'] as const;
export type RowProblemPolicy = (typeof ROW_PROBLEM_POLICIES)[number];

/** The columns that a prediction adds, by the names that they have in the file. */
export interface AddedColumns {
  /** The label, the value or the number of the cluster. */
  readonly prediction: string;
  /** In the order of the classes; empty where the model gives none. */
  readonly probabilities: readonly { readonly label: string | number | boolean; readonly column: string }[];
  /** How many warnings a row has. */
  readonly warnings: string;
  /** What is wrong with a row; null where such a file is refused. */
  readonly error: string | null;
}

/** What the predicting process is given: files in, a file out. */
export interface PredictionTaskInput {
  /** The canonical Parquet of the rows. */
  readonly tablePath: string;
  readonly columns: readonly FileColumn[];
  readonly bundlePath: string;
  /** What was found of a model that another program has made; null: a bundle of ours. */
  readonly foreign: ForeignFile | null;
  readonly signature: ModelSignature;
  readonly onRowProblem: RowProblemPolicy;
  /** Which rows come back for the log of predictions; null: none. */
  readonly sample: SampleQuestion | null;
  /** The canonical Parquet of the rows with the added columns behind them. What is made on the way lies beside it. */
  readonly outputPath: string;
  readonly threads: number;
  /** What the whole process may hold, in MiB. */
  readonly memoryMb: number;
}

export interface PredictionTaskOutput {
  /** Of the output: those of the input, then the added ones. */
  readonly columns: readonly FileColumn[];
  readonly added: AddedColumns;
  readonly nRows: number;
  readonly nWarnings: number;
  /** Rows that were not predicted. */
  readonly nRowsWithProblems: number;
  readonly sampled: {
    readonly rows: readonly SampledRow[];
    /** Asked for, and more than one file may leave. */
    readonly nLost: number;
  };
}
