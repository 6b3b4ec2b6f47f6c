import { Problem } from '../../errors/problem.js';
import type { ColumnType } from '../../learn/matrix/table.js';
import type { ColumnCounts } from './column-counts.js';
import { decideType, namedDecision, type TypeDecision } from './decide-type.js';
import type { ColumnOverride } from './ingest-types.js';
import type { NumberStyle } from './spellings.js';
import { typedExpression } from './typed-expression.js';

/** A column whose type is known, before its values are converted. */
export interface InferredColumn {
  readonly name: string;
  readonly decision: TypeDecision;
  /** The caller has named the type: what is not of it is refused. */
  readonly isNamed: boolean;
  readonly missingMarkers: readonly string[];
  /** Cells that are empty or hold a marker. Converted, the column must have as many missing values. */
  readonly nMissing: number;
  /** All values are whole numbers, to be told from their spelling. */
  readonly isSpeltWhole: boolean;
  /** c0, c1, … of the file, without the blanks around it where they count for nothing. */
  readonly cellSql: string;
  /** Turns it into the canonical value. */
  readonly sql: string;
  /** The SQL type that makes the same value of every cell as it is read, without a text in between. */
  readonly readType?: 'DOUBLE' | 'TIMESTAMP';
}

export interface ColumnSource {
  readonly name: string;
  readonly cellSql: string;
  readonly counts: ColumnCounts;
  /** What the file itself says it is. Of text, only dates are looked for. */
  readonly declared: ColumnType | undefined;
  readonly override: ColumnOverride | undefined;
}

const READ_TYPES = ['DOUBLE', 'TIMESTAMP'] as const;

/**
 * The type of a column from the spellings of all of its cells, unless the file or the caller says it; `asText` overrules
 * them all.
 *
 * @throws Problem invalid_columns for dates of which nothing says whether the day or the month comes first
 */
export function inferColumn(source: ColumnSource, style: NumberStyle, asText = false): InferredColumn {
  const { counts, name, cellSql, override } = source;
  const decision: TypeDecision = asText ? { type: 'text' } : decisionOf(source);
  const always = counts.alwaysMissing;
  const beside = decision.type === 'text' ? { markers: [], nCells: 0 } : counts.missingBesideValues;
  const missingMarkers = [...always.markers, ...beside.markers].sort();
  const sql = typedExpression(cellSql, missingMarkers, decision, style);
  const readType = READ_TYPES.find((type) => sql === `TRY_CAST(${cellSql} AS ${type})`);
  const isPlain = /^c\d+$/.test(cellSql) && missingMarkers.length === 0;
  return {
    name,
    decision,
    isNamed: override?.type !== undefined,
    missingMarkers,
    nMissing: counts.of('empty') + always.nCells + beside.nCells,
    isSpeltWhole: counts.of('integer') === counts.nValues,
    cellSql,
    sql,
    ...(isPlain && readType !== undefined ? { readType } : {}),
  };
}

function decisionOf({ counts, declared, override, name }: ColumnSource): TypeDecision {
  const { type, dateOrder } = override ?? {};
  if (type !== undefined) {
    if (type === declared && type !== 'text') return declaredDecision(type);
    const named = namedDecision(counts, type, dateOrder);
    if (named !== undefined) return named;
    const message =
      'Nothing in the column says whether the day or the month comes first: name the dateOrder.';
    throw new Problem('invalid_columns', message, [{ code: 'ambiguous_dates', message, column: name }]);
  }
  if (declared !== undefined && declared !== 'text') return declaredDecision(declared);
  const guess = decideType(counts, dateOrder);
  return declared === 'text' && guess.type !== 'date' ? { type: 'text' } : guess;
}

/** What a reader has written out is spelt in one way. */
function declaredDecision(type: ColumnType): TypeDecision {
  return type === 'date' ? { type, layout: { kind: 'plain_iso' } } : { type };
}
