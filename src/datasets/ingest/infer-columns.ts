import type { ColumnCounts } from './column-counts.js';
import { decideType, type TypeDecision } from './decide-type.js';
import type { NumberStyle } from './spellings.js';
import { typedExpression } from './typed-expression.js';

/** A column whose type is known, before its values are converted. */
export interface InferredColumn {
  readonly name: string;
  readonly decision: TypeDecision;
  readonly missingMarkers: readonly string[];
  /** Cells that are empty or hold a marker. Converted, the column must have as many missing values. */
  readonly nMissing: number;
  /** All values are whole numbers, to be told from their spelling. */
  readonly isSpeltWhole: boolean;
  /** Turns c0, c1, … of the file into the canonical value. */
  readonly sql: string;
}

export interface ColumnSource {
  readonly name: string;
  /** SQL of its cells: c0, or c0 without the blanks around it. */
  readonly cellSql: string;
  readonly counts: ColumnCounts;
  /** The file itself says that it is text: only dates are looked for. */
  readonly isDeclaredText: boolean;
}

/** The type of a column from the spellings of all of its cells; `asText` overrules them. */
export function inferColumn(source: ColumnSource, style: NumberStyle, asText = false): InferredColumn {
  const { counts, name, cellSql } = source;
  const guess: TypeDecision = asText ? { type: 'text' } : decideType(counts);
  const decision: TypeDecision = source.isDeclaredText && guess.type !== 'date' ? { type: 'text' } : guess;
  const always = counts.alwaysMissing;
  const beside = decision.type === 'text' ? { markers: [], nCells: 0 } : counts.missingBesideValues;
  const missingMarkers = [...always.markers, ...beside.markers].sort();
  return {
    name,
    decision,
    missingMarkers,
    nMissing: counts.of('empty') + always.nCells + beside.nCells,
    isSpeltWhole: counts.of('integer') === counts.nValues,
    sql: typedExpression(cellSql, missingMarkers, decision, style),
  };
}
