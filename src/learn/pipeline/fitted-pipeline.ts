import { LearnError } from '../errors.js';
import type { Predictor } from '../estimator.js';
import type { Feature } from '../matrix/feature-matrix.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Table } from '../matrix/table.js';
import { type BoundColumn, bindColumn, MISSING_VALUE } from '../preprocessing/bound-column.js';
import { coerceColumn, columnOf } from '../preprocessing/coerce-column.js';
import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import type { LabelEncoder } from '../preprocessing/label-encoder.js';
import type { NeighborImputer } from '../preprocessing/neighbor-imputer.js';
import type { Scaler } from '../preprocessing/scaler.js';
import type { RowRecipe } from '../recipe/row-recipe.js';
import { RowReader } from './reading/row-reader.js';
import { RecipeFront } from './recipe-front.js';
import { type EncodedRows, RowEncoder } from './row-encoder.js';
import type { RowProblem, RowWarning } from './row-findings.js';
import type { InputColumn, ModelSignature } from './signature.js';

/** Rows that are encoded, scaled and predicted at once: they stay in the cache, and a slow model can be canceled between. */
const CHUNK_ROWS = 512;

/** What happens to a row before it is encoded. */
export interface PipelineRecipe {
  readonly recipe: RowRecipe;
  /** What the encoders take: columns that come out of the recipe. */
  readonly inputs: readonly InputColumn[];
}

/** What a fitted pipeline is made of. */
export interface PipelineSteps {
  /** Its inputs are what a row must have: those of the recipe, where there is one. */
  readonly signature: ModelSignature;
  readonly recipe?: PipelineRecipe | null;
  /** The name in the registry. */
  readonly algorithm: string;
  /** One per input, in the order of the signature, or of the recipe's `inputs`. */
  readonly encoders: readonly ColumnEncoder[];
  readonly scaler: Scaler;
  /** null when no column asks for it. */
  readonly neighborImputer: NeighborImputer | null;
  readonly predictor: Predictor;
  /** Classification only. */
  readonly labels: LabelEncoder | null;
}

/** One row's prediction as people read it. */
export interface Prediction {
  label?: string | number | boolean;
  /** By label, as text; only where the algorithm gives probabilities. */
  probabilities?: Record<string, number>;
  value?: number;
  cluster?: number;
}

/** Rows in, the predictor's numbers out. */
export interface RowPredictions {
  /** Row-major, nRows * nOutputs; empty when there are problems. */
  readonly outputs: Float64Array;
  readonly problems: readonly RowProblem[];
  readonly warnings: readonly RowWarning[];
  /** How many warnings beyond the cap were not kept. */
  readonly nWarningsLeftOut: number;
}

/**
 * Encoders, scaler and estimator as one thing that takes input columns and gives predictions. A table and the
 * same rows as JSON give equal numbers, to the bit. Like its predictor it owns scratch buffers: one per thread.
 */
export class FittedPipeline {
  readonly signature: ModelSignature;
  readonly features: readonly Feature[];
  readonly nOutputs: number;
  /** Reads rows from bytes for `predictRead`; null where a recipe works on each row first. */
  readonly rowReader: RowReader | null;
  private readonly readEncoder: RowEncoder;
  private readonly rowEncoder: {
    encode(rows: readonly unknown[], passedThrough?: ReadonlySet<string>): EncodedRows;
  };

  constructor(readonly steps: PipelineSteps) {
    this.signature = steps.signature;
    this.features = steps.encoders.flatMap((encoder) => encoder.features);
    this.nOutputs = steps.predictor.nOutputs;
    const { signature, recipe = null } = steps;
    const inner = recipe === null ? signature : { ...signature, inputs: recipe.inputs, ignored: [] };
    const encoder = new RowEncoder(inner, steps.encoders, (rows, nRows) => this.finishRows(rows, nRows));
    this.readEncoder = encoder;
    this.rowReader = recipe === null ? new RowReader(signature, steps.encoders) : null;
    this.rowEncoder =
      recipe === null ? encoder : new RecipeFront(recipe.recipe, signature, recipe.inputs, encoder);
  }

  /**
   * Predicts rows of a table, column by column in chunks.
   * @param table has every input column, in any order and in any type that can be read as the input's
   * @param rows which rows; absent: all
   * @param checkpoint called before each chunk with the share that is done; may throw to stop
   * @returns row-major, nRows * nOutputs
   * @throws LearnError unknown_column; missing_value or unseen_category with row and column where a column's policy
   *   refuses a row; numerical_failure with the row where the predictor gave no finite number
   */
  predictTable(
    table: Table,
    rows: RowIndices = allRows(table.nRows),
    checkpoint?: (fraction: number) => void,
  ): Float64Array {
    const outputs = new Float64Array(rows.length * this.nOutputs);
    const scratch = new Float64Array(Math.min(CHUNK_ROWS, rows.length) * this.features.length);
    const columns = this.bindAccepting(table, rows);
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      checkpoint?.(from / rows.length);
      const to = Math.min(from + CHUNK_ROWS, rows.length);
      this.encodeChunk(columns, rows, from, to, scratch);
      this.steps.predictor.predictInto(scratch, to - from, outputs.subarray(from * this.nOutputs));
    }
    requireFinite(outputs, this.nOutputs, rows);
    return outputs;
  }

  /**
   * Encodes and scales rows of a table as the estimator sees them.
   * @returns row-major, nRows * nFeatures
   * @throws LearnError as predictTable
   */
  encodeTable(table: Table, rows: RowIndices = allRows(table.nRows)): Float64Array {
    const encoded = new Float64Array(rows.length * this.features.length);
    this.encodeChunk(this.bindAccepting(table, rows), rows, 0, rows.length, encoded);
    return encoded;
  }

  /** For each of `rows` not 0 where a column's policy refuses it: a missing value or an unseen category that is an error. */
  refusedRows(table: Table, rows: RowIndices): Uint8Array {
    const refused = new Uint8Array(rows.length);
    for (const column of this.bindTable(table)) column.markRefused(rows, refused);
    return refused;
  }

  /**
   * Predicts JSON rows. All rows are checked before any is predicted. What overflows comes back as it is.
   * @param passedThrough columns that are no news when the model does not know them; absent: none
   */
  predictRows(rows: readonly unknown[], passedThrough?: ReadonlySet<string>): RowPredictions {
    return this.predictEncoded(this.rowEncoder.encode(rows, passedThrough), rows.length);
  }

  /** As predictRows, of what the row reader has read. */
  predictRead(reader: RowReader): RowPredictions {
    return this.predictEncoded(this.readEncoder.encodeRead(reader), reader.nRows);
  }

  /** What the row reader has read, encoded and scaled; its values are valid until the next call. */
  encodeRead(reader: RowReader): EncodedRows {
    return this.readEncoder.encodeRead(reader);
  }

  /**
   * Predicts rows that were encoded by an equal pipeline, here or elsewhere.
   * @param values row-major, nRows * nFeatures, possibly longer
   * @returns row-major, nRows * nOutputs
   */
  predictFeatures(values: Float64Array, nRows: number): Float64Array {
    const outputs = new Float64Array(nRows * this.nOutputs);
    this.steps.predictor.predictInto(values, nRows, outputs);
    return outputs;
  }

  private predictEncoded(
    { values, problems, warnings, nWarningsLeftOut }: EncodedRows,
    nRows: number,
  ): RowPredictions {
    if (problems.length > 0) return { outputs: new Float64Array(0), problems, warnings, nWarningsLeftOut };
    return { outputs: this.predictFeatures(values, nRows), problems, warnings, nWarningsLeftOut };
  }

  /**
   * Encodes and scales JSON rows as the estimator sees them.
   * @param rows without problems
   * @returns row-major, nRows * nFeatures, possibly longer; valid until the next call
   */
  encodeRows(rows: readonly unknown[]): Float64Array {
    return this.rowEncoder.encode(rows).values;
  }

  /** The predictor's numbers of `nRows` rows as labels with probabilities, values or clusters. */
  decode(outputs: Float64Array, nRows: number): Prediction[] {
    const predictions: Prediction[] = new Array(nRows);
    for (let i = 0; i < nRows; i++) predictions[i] = this.decodeRow(outputs, i * this.nOutputs);
    return predictions;
  }

  private decodeRow(outputs: Float64Array, base: number): Prediction {
    const { predictor, labels } = this.steps;
    if (predictor.outputKind === 'value') return { value: outputs[base] as number };
    if (predictor.outputKind === 'cluster') return { cluster: outputs[base] as number };
    let best = 0;
    for (let k = 1; k < this.nOutputs; k++) {
      if ((outputs[base + k] as number) > (outputs[base + best] as number)) best = k;
    }
    const label = labels?.classes[best] ?? best;
    if (predictor.outputKind === 'scores') return { label };
    const names = labels?.classNames ?? [];
    const probabilities = Object.fromEntries(names.map((name, k) => [name, outputs[base + k] as number]));
    return { label, probabilities };
  }

  /** @param out OUT row-major (to - from) * nFeatures */
  private encodeChunk(
    columns: readonly BoundColumn[],
    rows: RowIndices,
    from: number,
    to: number,
    out: Float64Array,
  ): void {
    const nFeatures = this.features.length;
    let feature = 0;
    for (const [k, column] of columns.entries()) {
      column.write(rows, from, to, out, feature, nFeatures, 1);
      feature += (this.steps.encoders[k] as ColumnEncoder).features.length;
    }
    this.finishRows(out, to - from);
  }

  /** What is done to encoded rows as a whole, in place. */
  finishRows(rows: Float64Array, nRows: number): void {
    this.steps.scaler.applyToRows(rows, nRows);
    this.steps.neighborImputer?.applyToRows(rows, nRows);
  }

  private bindAccepting(table: Table, rows: RowIndices): BoundColumn[] {
    const columns = this.bindTable(table);
    for (const [k, column] of columns.entries()) {
      const refused = new Uint8Array(rows.length);
      column.markRefused(rows, refused);
      const position = refused.findIndex((reason) => reason !== 0);
      if (position < 0) continue;
      const place = {
        column: (this.steps.encoders[k] as ColumnEncoder).name,
        row: rows[position] as number,
      };
      if (refused[position] === MISSING_VALUE) {
        throw new LearnError('missing_value', 'The column must have a value.', place);
      }
      throw new LearnError('unseen_category', 'The category was not seen in training.', place);
    }
    return columns;
  }

  private bindTable(table: Table): BoundColumn[] {
    const source = this.steps.recipe?.recipe.applyToTable(table) ?? table;
    return this.steps.encoders.map((encoder) => {
      const type = encoder.takes === 'text' ? 'text' : encoder.type;
      return bindColumn(encoder, coerceColumn(columnOf(source, encoder.name), type).column);
    });
  }
}

/**
 * Numbers near the largest double can overflow in any estimator, and JSON has no word for the result.
 * @param rows where the outputs' rows are in the table; absent: there
 * @throws LearnError numerical_failure with the row
 */
export function requireFinite(outputs: Float64Array, nOutputs: number, rows?: RowIndices): void {
  for (let at = 0; at < outputs.length; at++) {
    if (Number.isFinite(outputs[at])) continue;
    const row = Math.floor(at / nOutputs);
    throw new LearnError('numerical_failure', 'The values of the row are too large for the model.', {
      row: rows?.[row] ?? row,
    });
  }
}

/** 0..nRows-1. */
export function allRows(nRows: number): RowIndices {
  const rows = new Uint32Array(nRows);
  for (let i = 0; i < nRows; i++) rows[i] = i;
  return rows;
}
