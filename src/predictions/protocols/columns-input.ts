import { Problem } from '../../errors/problem.js';
import type { ModelFacts, ScoringInput } from '../scoring/served-model.js';
import { isObject, requireRowCount } from './json-text.js';

/** What several protocols build a request from: rows without names, objects, and columns. */

/**
 * Rows of values in the order of the model's columns.
 * @param place how an error names them
 * @throws Problem invalid_request, payload_too_large
 */
export function fromMatrix(
  rows: readonly unknown[],
  { signature }: ModelFacts,
  place: string,
  maxRows: number,
): ScoringInput {
  requireRows(rows, place, maxRows);
  return fromNamed(
    rows,
    signature.inputs.map(({ name }) => name),
    place,
  );
}

/** Rows of values with the names of their columns. @throws Problem invalid_request */
export function fromNamed(rows: readonly unknown[], names: readonly string[], place: string): ScoringInput {
  for (const [i, row] of rows.entries()) {
    if (Array.isArray(row) && row.length === names.length) continue;
    const message = `Each row of ${place} must have ${names.length} values, one a column`;
    throw new Problem('invalid_request', `${message}.`, [
      { code: 'wrong_length', message, argument: place, row: i },
    ]);
  }
  const columns = names.map((name, k) => ({ name, values: rows.map((row) => (row as unknown[])[k]) }));
  return { kind: 'columns', nRows: rows.length, columns };
}

/**
 * Objects by column name; what one of them lacks and another has is missing there, as in a data frame.
 * @throws Problem payload_too_large, invalid_request
 */
export function fromRecords(records: readonly unknown[], place: string, maxRows: number): ScoringInput {
  requireRows(records, place, maxRows);
  const names = new Set<string>();
  for (const [i, record] of records.entries()) {
    if (!isObject(record)) {
      const message = `Each row of ${place} must be an object`;
      throw new Problem('invalid_request', `${message}.`, [
        { code: 'wrong_type', message, argument: place, row: i },
      ]);
    }
    for (const name in record) names.add(name);
  }
  const columns = [...names].map((name) => ({
    name,
    values: records.map((record) =>
      Object.hasOwn(record as object, name) ? (record as Record<string, unknown>)[name] : null,
    ),
  }));
  return { kind: 'columns', nRows: records.length, columns };
}

/** Lists by column name, all of one length. @throws Problem invalid_request, payload_too_large */
export function fromColumns(lists: Record<string, unknown>, place: string, maxRows: number): ScoringInput {
  const columns = Object.entries(lists).map(([name, values]) => ({
    name,
    values: (Array.isArray(values) ? values : [values]) as unknown[],
  }));
  const first = columns[0]?.values ?? [];
  requireRows(first, place, maxRows);
  if (columns.some(({ values }) => values.length !== first.length)) {
    throw refusedArgument(place, 'wrong_length', 'must have columns of one length');
  }
  return { kind: 'columns', nRows: first.length, columns };
}

export function requireRows(rows: readonly unknown[], place: string, maxRows: number): void {
  if (rows.length === 0) throw refusedArgument(place, 'out_of_range', 'must hold at least one row');
  requireRowCount(rows.length, maxRows);
}

export function refusedArgument(argument: string, code: string, expectation: string): Problem {
  const message = `${argument} ${expectation}`;
  return new Problem('invalid_request', `${message}.`, [{ code, message, argument }]);
}
