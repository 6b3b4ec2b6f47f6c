import { damaged, readFinite } from '../preprocessing/state-reader.js';
import type { Tensors } from '../tensor.js';

/** An integer from `minimum` to `maximum` of an estimator's state. @throws LearnError invalid_state */
export function readCount(value: unknown, minimum: number, maximum: number, path: string): number {
  const count = readFinite(value, path);
  if (!Number.isInteger(count) || count < minimum || count > maximum) {
    throw damaged(path, `an integer from ${minimum} to ${maximum}`);
  }
  return count;
}

/**
 * A matrix of finite 64-bit numbers, row-major. A dimension that is not given is taken as it is.
 * @throws LearnError invalid_state
 */
export function readFloat64Matrix(
  tensors: Tensors,
  name: string,
  nRows?: number,
  nColumns?: number,
): { nRows: number; nColumns: number; data: Float64Array } {
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  const [rows = -1, columns = -1, ...more] = tensor?.shape ?? [];
  const isMatrix =
    tensor?.data instanceof Float64Array &&
    more.length === 0 &&
    rows >= 0 &&
    columns >= 0 &&
    tensor.data.length === rows * columns &&
    (nRows === undefined || rows === nRows) &&
    (nColumns === undefined || columns === nColumns);
  if (!isMatrix) {
    throw damaged(`tensor ${name}`, `a matrix of 64-bit numbers, ${nRows ?? 'n'} by ${nColumns ?? 'm'}`);
  }
  const data = tensor.data as Float64Array;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) throw damaged(`tensor ${name}`, 'finite in every element');
  }
  return { nRows: rows, nColumns: columns, data };
}
