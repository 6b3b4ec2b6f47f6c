import type { ScoringInput, TensorShapes } from '../scoring/served-model.js';
import { refusedArgument, requireRows } from './columns-input.js';

/**
 * Rows of nested arrays of numbers, each of the model's shape; null is a missing value.
 * @param place how an error names them
 * @throws Problem invalid_request with the row and the shape that was wanted, payload_too_large
 */
export function fromNested(
  rows: readonly unknown[],
  { name, columns, input: shape }: TensorShapes,
  place: string,
  maxRows: number,
): ScoringInput {
  requireRows(rows, place, maxRows);
  const width = shape.reduce((product, size) => product * size, 1);
  const values = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    if (fill(row, shape, values, i * width) !== (i + 1) * width) {
      const wanted = `must hold rows of the shape [${shape.join(', ')}], of numbers or null; row ${i} is none`;
      throw refusedArgument(place, 'wrong_length', wanted);
    }
  }
  return { kind: 'tensor', nRows: rows.length, name, columns, values };
}

/** @returns where the next values go; -1 where something is no array of its length, or no number */
function fill(value: unknown, shape: readonly number[], values: Float64Array, at: number): number {
  const [size, ...rest] = shape;
  if (size === undefined) {
    if (typeof value !== 'number' && value !== null) return -1;
    values[at] = value ?? Number.NaN;
    return at + 1;
  }
  if (!Array.isArray(value) || value.length !== size) return -1;
  let next = at;
  for (let i = 0; i < size && next >= 0; i++) next = fill(value[i], rest, values, next);
  return next;
}

/** Numbers one after the other as nested arrays of a shape; without one, as they are. */
export function toNested(values: readonly number[], shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  if (size === undefined || rest.length === 0) return values;
  const width = values.length / size;
  return Array.from({ length: size }, (_, i) => toNested(values.slice(i * width, (i + 1) * width), rest));
}
