import { LearnError } from '../errors.js';
import type { RowIndices } from '../matrix/number-types.js';
import type { Table } from '../matrix/table.js';
import { coerceColumn, columnOf } from '../preprocessing/coerce-column.js';
import type { PipelineSpec } from './spec.js';

/** How much each row counts, in the fit and in the evaluation; undefined: all the same. */
export interface RowWeights {
  /** Those of the rows that have a weight. */
  readonly rows: RowIndices;
  /** Of these table rows, in their order; undefined where no column says. */
  of(rows: RowIndices): Float64Array | undefined;
}

/** Sums of weights, and what boosting keeps of them in 32 bit, stay finite. */
const MAX_WEIGHT = 1e30;

/**
 * Reads the column that the spec names as `sampleWeight`. A row without a weight is left out, one of weight 0 is kept.
 * @param rows the rows that may be used
 * @param warnings OUT
 * @throws LearnError unknown_column, not_enough_rows (no row has a weight), invalid_parameters (a weight below 0
 *   or beyond MAX_WEIGHT)
 */
export function readRowWeights(
  table: Table,
  rows: RowIndices,
  { sampleWeight, columns }: PipelineSpec,
  warnings: string[],
): RowWeights {
  if (sampleWeight === undefined) return { rows, of: () => undefined };
  const source = columnOf(table, sampleWeight);
  const { column } = coerceColumn(source, columns[sampleWeight]?.type ?? source.type);
  const place = { column: sampleWeight, parameter: 'sampleWeight' };
  if (column.type === 'text') {
    throw new LearnError('invalid_parameters', 'Weights are numbers, not texts.', place);
  }
  const { values } = column;
  const weighed = rows.filter((row) => !Number.isNaN(values[row]));
  if (weighed.length === 0) throw new LearnError('not_enough_rows', 'No row has a weight.', place);
  if (weighed.length < rows.length) {
    warnings.push(`${rows.length - weighed.length} rows without a weight were left out.`);
  }
  for (const row of weighed) {
    const weight = values[row] as number;
    if (weight < 0) throw new LearnError('invalid_parameters', 'A weight is 0 or more.', { ...place, row });
    if (weight > MAX_WEIGHT) {
      throw new LearnError(
        'invalid_parameters',
        `A weight is at most ${MAX_WEIGHT}: divide all of them by the same number.`,
        { ...place, row },
      );
    }
  }
  return { rows: weighed, of: (chosen) => Float64Array.from(chosen, (row) => values[row] as number) };
}
