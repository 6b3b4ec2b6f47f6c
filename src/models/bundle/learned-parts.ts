import type { PipelineParts } from '../../learn/pipeline/pipeline-parts.js';
import type { PartLocation } from './bundle-format.js';
import { bundleInvalid } from './bundle-invalid.js';

/** A pipeline's learned state as it lies in pipeline.json and tensors.safetensors. */
export type LearnedParts = Pick<PipelineParts, 'config' | 'tensors'>;

/**
 * Where each learned part (`model`, `label_encoders`, `normalize_scaler`, …) is found: a member of pipeline.json, and
 * the tensors that bear its name before a point.
 */
export function locateParts({ config, tensors }: LearnedParts): Record<string, PartLocation> {
  const names = Object.keys(tensors).sort();
  const parts = Object.entries(config).filter(([, part]) => isObject(part));
  return Object.fromEntries(
    parts.map(([part]) => {
      const own = names.filter((name) => name.startsWith(`${part}.`));
      return [part, { file: 'pipeline.json', pointer: `/${part}`, tensors: own }];
    }),
  );
}

/** A manifest must say the truth about its parts, and every tensor must belong to one. @throws Problem bundle_invalid */
export function assertLocations(
  locations: Readonly<Record<string, PartLocation>>,
  parts: LearnedParts,
): void {
  const actual = locateParts(parts);
  const named = Object.values(actual).flatMap((location) => location.tensors);
  if (named.length !== Object.keys(parts.tensors).length) throw bundleInvalid('a tensor belongs to no part');
  const isSame =
    Object.keys(locations).length === Object.keys(actual).length &&
    Object.entries(actual).every(([part, { pointer, tensors }]) => {
      const told = Object.hasOwn(locations, part) ? locations[part] : undefined;
      return told?.pointer === pointer && told.tensors.join('\n') === tensors.join('\n');
    });
  if (!isSame) throw bundleInvalid('its parts are not where its manifest says');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
