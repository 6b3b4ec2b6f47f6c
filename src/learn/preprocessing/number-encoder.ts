import type { Feature } from '../matrix/feature-matrix.js';
import type { NumberColumnEncoder } from './column-encoder.js';
import type { NumberImputer } from './imputer.js';

/** A number as it is, a boolean as 0 or 1: one feature. */
export class NumberEncoder implements NumberColumnEncoder {
  readonly takes = 'number';
  readonly features: readonly Feature[];
  readonly isScaled: readonly boolean[];

  constructor(
    readonly name: string,
    readonly type: 'number' | 'boolean',
    readonly imputer: NumberImputer,
  ) {
    this.features = [{ name, column: name, kind: 'numeric' }];
    this.isScaled = [type !== 'boolean'];
  }

  writeNumber(value: number, out: Float64Array, at: number, _featureStride: number): void {
    out[at] = value;
  }

  writeMissing(out: Float64Array, at: number, _featureStride: number): void {
    out[at] = this.imputer.fill;
  }
}
