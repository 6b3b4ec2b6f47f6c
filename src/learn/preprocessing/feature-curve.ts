import type { Tensors } from '../tensor.js';

/** What a scaler does to a feature before it takes off the offset and divides: a learned, rising function. */
export interface FeatureCurve {
  /** Whether feature j is changed at all. */
  isActive(j: number): boolean;
  /** The value of feature j, mapped. NaN stays NaN; may overflow to an infinity. */
  map(j: number, value: number): number;
  toTensors(): Tensors;
}
