import { LearnError } from '../errors.js';
import type { RowIndices } from '../matrix/number-types.js';

/**
 * What a fit refuses, it places among the rows that it was given; people know those of their table.
 * @param rows table rows, as the fit got them
 * @param target the column of a value that is no feature
 */
export function placeInTable(error: unknown, rows: RowIndices, target: string | null): unknown {
  if (!(error instanceof LearnError) || error.place.row === undefined) return error;
  const { column = target ?? undefined, ...place } = error.place;
  const inTable = {
    ...place,
    ...(column === undefined ? {} : { column }),
    row: rows[error.place.row] as number,
  };
  return new LearnError(error.code, error.message, inTable);
}
