import type { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import { replayGoldenRows } from '../../learn/pipeline/golden-rows.js';
import { pipelineFromParts } from '../../learn/pipeline/pipeline-parts.js';
import { asBundleInvalid, bundleInvalid } from './bundle-invalid.js';
import { type BundleFiles, type ReadBundleOptions, readBundleFiles } from './read-bundle.js';

/** A bundle that was checked in every way: it predicts what it predicted where it was trained, to the bit. */
export interface Bundle extends BundleFiles {
  readonly pipeline: FittedPipeline;
}

/**
 * Opens a bundle; needs nothing but its file.
 * @throws Problem bundle_invalid with the reason
 */
export async function openBundle(path: string, options: ReadBundleOptions = {}): Promise<Bundle> {
  const files = await readBundleFiles(path, options);
  const pipeline = restorePipeline(files);
  assertGoldenRows(pipeline, files);
  return { ...files, pipeline };
}

/** The pipeline out of files that were read and checked. @throws Problem bundle_invalid */
export function restorePipeline({ parts, manifest, signature }: BundleFiles): FittedPipeline {
  let pipeline: FittedPipeline;
  try {
    pipeline = pipelineFromParts({ ...parts, signature });
  } catch (error) {
    throw asBundleInvalid(error);
  }
  if (pipeline.steps.algorithm !== manifest.algorithm || pipeline.signature.task !== manifest.task) {
    throw bundleInvalid('its manifest names another algorithm than its pipeline');
  }
  return pipeline;
}
