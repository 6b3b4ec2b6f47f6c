import type { EstimatorState } from '../../learn/estimator.js';
import type { JsonObject } from '../../learn/json.js';
import type { Tensor, Tensors } from '../../learn/tensor.js';
import type { PartLocation } from './bundle-format.js';
import { bundleInvalid } from './bundle-invalid.js';

/** The learned parts of a pipeline by name (`model`, `label_encoders`, `normalize_scaler`, …). */
export type LearnedParts = Readonly<Record<string, EstimatorState>>;

/** The parts as they lie in a bundle: one JSON document, one set of tensors, and where each part is. */
export interface StoredParts {
  /** pipeline.json: the part's configuration by its name. */
  readonly document: JsonObject;
  /** Named `part.tensor`. */
  readonly tensors: Tensors;
  readonly locations: Readonly<Record<string, PartLocation>>;
}

/** Lays the parts out for a bundle. No tensor is copied. */
export function storeParts(parts: LearnedParts): StoredParts {
  const document: JsonObject = {};
  const tensors: Record<string, Tensor> = {};
  const locations: Record<string, PartLocation> = {};
  for (const [part, state] of Object.entries(parts)) {
    const names = Object.keys(state.tensors).map((name) => `${part}.${name}`);
    for (const [name, tensor] of Object.entries(state.tensors)) tensors[`${part}.${name}`] = tensor;
    document[part] = state.config;
    locations[part] = { file: 'pipeline.json', pointer: `/${escapePointer(part)}`, tensors: names };
  }
  return { document, tensors, locations };
}

/** The way back. Every tensor must belong to one part. @throws Problem bundle_invalid */
export function loadParts({ document, tensors, locations }: StoredParts): LearnedParts {
  const parts: Record<string, EstimatorState> = Object.create(null);
  let nTensors = 0;
  for (const [part, { pointer, tensors: names }] of Object.entries(locations)) {
    const config = Object.hasOwn(document, part) ? document[part] : undefined;
    const isObject = typeof config === 'object' && config !== null && !Array.isArray(config);
    if (!isObject || pointer !== `/${escapePointer(part)}`)
      throw bundleInvalid('a part is not in pipeline.json');
    const own: Record<string, Tensor> = Object.create(null);
    for (const name of names) {
      const tensor = tensors[name];
      if (tensor === undefined || !name.startsWith(`${part}.`))
        throw bundleInvalid('a part has no such tensor');
      own[name.slice(part.length + 1)] = tensor;
      nTensors++;
    }
    parts[part] = { config, tensors: own };
  }
  if (nTensors !== Object.keys(tensors).length) throw bundleInvalid('a tensor belongs to no part');
  return parts;
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
