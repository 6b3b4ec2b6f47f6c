import { toVersionView } from '../model-views.js';
import type { ListedVersion } from './registry-types.js';

/** The ModelVersion of the API with the aliases that point to it. */
export function toListedVersionView({ aliases, ...version }: ListedVersion) {
  return { ...toVersionView(version), aliases };
}
