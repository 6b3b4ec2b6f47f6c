import { clusterTypes } from './clusters.js';
import { forestTypes } from './forests.js';
import { linearTypes } from './linear.js';
import type { ModelType } from './model-type.js';
import { neighborTypes } from './neighbors.js';
import { perceptronTypes } from './perceptrons.js';
import { treeTypes } from './trees.js';

/** Every model type that can be trained. EasyML's data server also lists `neural`, which its machine-learning server refuses. */
export const MODEL_TYPES: readonly ModelType[] = [
  ...linearTypes,
  ...neighborTypes,
  ...treeTypes,
  ...forestTypes,
  ...perceptronTypes,
  ...clusterTypes,
];

export function findModelType(name: string): ModelType | undefined {
  return MODEL_TYPES.find((type) => type.name === name);
}
