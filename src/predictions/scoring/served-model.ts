import type { OutputKind } from '../../learn/estimator.js';
import type { RowFindings, RowProblem, RowWarning } from '../../learn/pipeline/row-findings.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import type { FeedValues } from '../../models/imports/engine.js';
import type { ForeignModel } from '../../models/imports/foreign-model.js';

/** What every protocol needs to know of a model to read a request and to write a reply. */
export interface ModelFacts {
  readonly modelId: string;
  readonly version: number;
  readonly signature: ModelSignature;
  readonly outputKind: OutputKind;
  readonly nOutputs: number;
  /** Only of models whose rows are tensors. */
  readonly tensors?: TensorShapes;
  /** Only of models that take rows without their having been objects. */
  readonly rowReader?: ServedRowReader;
}

/** Reads rows from the bytes of a body, for `score` of the same model and until the next reading. */
export interface ServedRowReader {
  readonly nRows: number;
  /**
   * Reads a list of JSON objects that begins at `from` with its bracket.
   * @returns the place behind its closing one; -1 for what is not read here: JSON.parse is to say what it is
   */
  readRows(body: Uint8Array, from: number, maxRows: number): number;
  /** Reads lists of values in the order of `names`, each once. As readRows. */
  readLists(body: Uint8Array, from: number, names: readonly string[], maxRows: number): number;
  /** Reads an object of one list a column; it begins with its brace. As readRows. */
  readColumns(body: Uint8Array, from: number, maxRows: number): number;
}

/** What a row is made of and becomes, where it is more than a list of columns; without the dimension of the rows. */
export interface TensorShapes {
  /** The name of the input. */
  readonly name: string;
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Of each value of a row; empty where a row has too many for columns. */
  readonly columns: readonly string[];
}

/** The shapes of a model whose rows are no mere list of columns; undefined for all others. */
export function shapesBeyondColumns({ tensors, signature }: ModelFacts): TensorShapes | undefined {
  return tensors !== undefined && (tensors.input.length > 1 || signature.inputs.length === 0)
    ? tensors
    : undefined;
}

/** Values of the caller, unchecked: the model checks each and says what is wrong with it by row and column. */
export type ScoringInput =
  | {
      readonly kind: 'rows' /** Objects by column name; anything else is told as a problem. */;
      readonly rows: readonly unknown[];
    }
  | {
      readonly kind: 'columns';
      readonly nRows: number;
      /** Each of the length nRows; undefined and null both stand for "missing". */
      readonly columns: readonly { readonly name: string; readonly values: ArrayLike<unknown> }[];
    }
  | {
      /** What the model's row reader has read last. */
      readonly kind: 'read';
      readonly nRows: number;
      /** The same as objects, for whoever wants to see them. */
      readonly toRows: () => readonly unknown[];
    }
  | {
      /** Only for models with `foreign`: read and checked on a thread. */
      readonly kind: 'fed';
      readonly nRows: number;
      readonly values: readonly FeedValues[];
      readonly findings: Pick<RowFindings, 'problems' | 'warnings' | 'nWarningsLeftOut'>;
      /** Empty where nobody wants to see them. */
      readonly rows: readonly unknown[];
    }
  | {
      /** Only for models with `tensors`: checked for its shape already. */
      readonly kind: 'tensor';
      readonly nRows: number;
      readonly name: string;
      /** As in the model's shapes. */
      readonly columns: readonly string[];
      /** Row after row; NaN is missing. */
      readonly values: Float64Array;
    };

export interface ScoringOptions {
  /** Of the second of two classes: that class is the label from this probability on. Absent: the likelier one. */
  readonly threshold?: number;
  /** Whether the decision for each row is explained. */
  readonly explain?: boolean;
  /** Columns that are meant for the caller: no warning when the model does not know them. */
  readonly passedThrough?: ReadonlySet<string>;
}

/** What each input column of each row has added to one output of the row. */
export interface Explanation {
  readonly method: 'linear' | 'tree' | 'sampling';
  /** What adds up: the prediction itself, or the margin (log-odds, raw score) that a link function turns into it. */
  readonly space: 'value' | 'probability' | 'margin';
  /** In the order of the signature; for a model with a recipe, the columns that come out of it. */
  readonly columns: readonly string[];
  /** Per row: what the model says of no row in particular. */
  readonly baselines: Float64Array;
  /** Row-major nRows * columns.length; with its baseline a row's numbers add up to its output. */
  readonly contributions: Float64Array;
}

/** Rows in, numbers out; or what is wrong with the rows. */
export interface Scores {
  /** Row-major, nRows * nOutputs; of no use when there are problems. */
  readonly outputs: Float64Array;
  readonly problems: readonly RowProblem[];
  readonly warnings: readonly RowWarning[];
  readonly nWarningsLeftOut: number;
}

/** Rows as the model's predictor takes them; or what is wrong with them. */
export interface Features {
  /** Row-major, nRows * nFeatures, possibly longer; valid until the next call. */
  readonly values: Float64Array;
  readonly nFeatures: number;
  readonly problems: readonly RowProblem[];
  readonly warnings: readonly RowWarning[];
  readonly nWarningsLeftOut: number;
}

/** The two halves of `score`: what is encoded here may be predicted by the same model on several threads, row by row alike. */
export interface DivisibleScoring {
  /** What the row reader has read last. */
  encode(): Features;
  /** @returns row-major, nRows * nOutputs */
  predict(values: Float64Array, nRows: number): Float64Array;
}

/**
 * A model of any kind behind the protocols: our pipelines, and what is imported from elsewhere. One that computes in
 * this process answers at once; one that runs in another process answers with a promise.
 */
export interface ServedModel {
  readonly signature: ModelSignature;
  readonly outputKind: OutputKind;
  readonly nOutputs: number;
  readonly tensors?: TensorShapes;
  readonly rowReader?: ServedRowReader;
  /** `here`: a large request is moved to a thread. `elsewhere`: it is not, for the work is done in another process. */
  readonly runs: 'here' | 'elsewhere';
  score(input: ScoringInput, options: ScoringOptions): Scores | Promise<Scores>;
  /** Only of models with a `rowReader`. */
  readonly divisible?: DivisibleScoring;
  /**
   * Why, for rows that were scored without a problem. Absent: the model cannot say.
   * @param outputs by row the index of the output that is explained
   */
  explain?(input: ScoringInput, outputs: Int32Array): Explanation | Promise<Explanation>;
  /** Only of imported models: what their rows are read by, in plain data. */
  readonly foreign?: ForeignModel;
  /** Called when the model leaves the cache. */
  close?(): void;
}

export function nRowsOf(input: ScoringInput): number {
  return input.kind === 'rows' ? input.rows.length : input.nRows;
}

/** Columns as the objects that a row is elsewhere. */
export function rowsOf(input: ScoringInput): readonly unknown[] {
  if (input.kind === 'rows' || input.kind === 'fed') return input.rows;
  if (input.kind === 'read') return input.toRows();
  if (input.kind === 'tensor') {
    const { nRows, name, columns, values } = input;
    const width = values.length / nRows;
    return Array.from({ length: nRows }, (_, i) => {
      const row: Record<string, unknown> = {};
      const own = values.subarray(i * width, (i + 1) * width);
      if (columns.length === 0) setOwn(row, name, Array.from(own));
      else for (const [k, column] of columns.entries()) setOwn(row, column, own[k]);
      return row;
    });
  }
  const { nRows, columns } = input;
  const rows = new Array<Record<string, unknown>>(nRows);
  for (let i = 0; i < nRows; i++) {
    const row: Record<string, unknown> = {};
    for (const { name, values } of columns) setOwn(row, name, values[i] ?? null);
    rows[i] = row;
  }
  return rows;
}

/** Also for a column of the name `__proto__`, which an assignment would take for something else. */
export function setOwn(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') row[name] = value;
  else Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
}
