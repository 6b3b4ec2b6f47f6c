import type { Algorithm } from '../../learn/estimator.js';
import type { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import { type GoldenRows, replayGoldenRows } from '../../learn/pipeline/golden-rows.js';
import { pipelineFromParts } from '../../learn/pipeline/pipeline-parts.js';
import { asBundleInvalid, bundleInvalid } from './bundle-invalid.js';
import { type BundleFiles, type ReadBundleOptions, readBundleFiles } from './read-bundle.js';

/** Ours have 20; more than this only take time. */
const MAX_GOLDEN_ROWS = 10_000;

/** A bundle that was checked in every way: it predicts what it predicted where it was trained, to the bit. */
export interface Bundle extends BundleFiles {
  readonly pipeline: FittedPipeline;
}

export interface OpenBundleOptions extends ReadBundleOptions {
  /** Where algorithms are looked up; absent: the registry. */
  readonly findAlgorithm?: (name: string) => Algorithm;
}

/**
 * Opens a bundle; needs nothing but its file.
 * @throws Problem bundle_invalid with the reason
 */
export async function openBundle(path: string, options: OpenBundleOptions = {}): Promise<Bundle> {
  const files = await readBundleFiles(path, options);
  const pipeline = restorePipeline(files, options.findAlgorithm);
  assertGoldenRows(pipeline, files);
  return { ...files, pipeline };
}

/** The pipeline out of files that were read and checked. @throws Problem bundle_invalid */
export function restorePipeline(
  { parts, manifest, signature }: BundleFiles,
  findAlgorithm?: (name: string) => Algorithm,
): FittedPipeline {
  let pipeline: FittedPipeline;
  try {
    pipeline = pipelineFromParts({ ...parts, signature }, findAlgorithm);
  } catch (error) {
    throw asBundleInvalid(error);
  }
  if (pipeline.steps.algorithm !== manifest.algorithm || pipeline.signature.task !== manifest.task) {
    throw bundleInvalid('its manifest names another algorithm than its pipeline');
  }
  return pipeline;
}

/** A machine, an engine or a version that computes another number must not answer under this model's name. */
function assertGoldenRows(pipeline: FittedPipeline, { golden }: BundleFiles): void {
  const { rows, outputs } = golden;
  if (!Array.isArray(rows) || !Array.isArray(outputs) || rows.length === 0 || rows.length > MAX_GOLDEN_ROWS) {
    throw bundleInvalid('golden.json has no rows');
  }
  const [first] = replayGoldenRows(pipeline, { rows, outputs } as GoldenRows);
  if (first !== undefined) throw bundleInvalid(`golden row ${first.row} gives other numbers here`);
}
