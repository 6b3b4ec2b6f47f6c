import { NumberEncoder } from '../preprocessing/number-encoder.js';
import { OneHotEncoder } from '../preprocessing/one-hot-encoder.js';
import { OrdinalEncoder } from '../preprocessing/ordinal-encoder.js';
import type { NumberCell, TextCell } from './row-cell.js';

/**
 * Rows that were read from bytes, column by column: what is ordinary of column k in the rows first..end-1.
 * @param out OUT filled with 0
 * @param hasFindings OUT by row 1 where there is more to say; such a row is encoded by row-values.ts
 */
export function writeNumbers(
  { encoder, minimum, maximum, at }: NumberCell,
  read: Float64Array,
  k: number,
  nColumns: number,
  first: number,
  end: number,
  out: Float64Array,
  nFeatures: number,
  hasFindings: Uint8Array,
): void {
  const isPlain = encoder instanceof NumberEncoder;
  let from = first * nColumns + k;
  let to = first * nFeatures + at;
  for (let i = first; i < end; i++, from += nColumns, to += nFeatures) {
    const value = read[from] as number;
    // NaN and what is infinite fail it, too.
    if (!(value >= minimum && value <= maximum && value - value === 0)) hasFindings[i] = 1;
    else if (isPlain) out[to] = value;
    else encoder.writeNumber(value, out, to, 1);
  }
}

/** As writeNumbers, of a column of texts: read as slots. */
export function writeSlots(
  { encoder, at }: TextCell,
  read: Float64Array,
  k: number,
  nColumns: number,
  first: number,
  end: number,
  out: Float64Array,
  nFeatures: number,
  hasFindings: Uint8Array,
): void {
  const isOneHot = encoder instanceof OneHotEncoder;
  const isOrdinal = encoder instanceof OrdinalEncoder;
  let from = first * nColumns + k;
  let to = first * nFeatures + at;
  for (let i = first; i < end; i++, from += nColumns, to += nFeatures) {
    const slot = read[from] as number;
    if (slot < 0) hasFindings[i] = 1;
    else if (isOneHot) out[to + slot] = 1;
    else if (isOrdinal) out[to] = slot;
    else encoder.writeSlot(slot, out, to, 1);
  }
}
