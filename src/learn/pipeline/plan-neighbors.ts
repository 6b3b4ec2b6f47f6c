import type { ColumnEncoder } from '../preprocessing/column-encoder.js';
import { DEFAULT_NEIGHBORS, type ImputedFeature } from '../preprocessing/neighbor-imputer.js';
import type { PipelineSpec } from './spec.js';

/**
 * The features that the neighbour imputer watches, those of the number and boolean columns, and those that it fills;
 * null when no column asks for it. Indicators take no part: that two rows have a gap makes them no neighbours.
 */
export function planNeighbors(
  encoders: readonly ColumnEncoder[],
  spec: PipelineSpec,
): { watched: Uint32Array; imputed: ImputedFeature[] } | null {
  const watched: number[] = [];
  const imputed: ImputedFeature[] = [];
  let feature = 0;
  for (const encoder of encoders) {
    if (encoder.takes === 'number' && encoder.type !== 'date') {
      watched.push(feature);
      if (encoder.imputer.policy === 'knn') {
        const nNeighbors = spec.columns[encoder.name]?.nNeighbors ?? DEFAULT_NEIGHBORS;
        imputed.push({ feature, nNeighbors });
      }
    }
    feature += encoder.features.length;
  }
  return imputed.length === 0 ? null : { watched: Uint32Array.from(watched), imputed };
}
