import type { KeyObject } from 'node:crypto';
import type { JsonObject } from '../../learn/json.js';
import type { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import type { GoldenRows } from '../../learn/pipeline/golden-rows.js';
import { pipelineToParts } from '../../learn/pipeline/pipeline-parts.js';
import type { BundleMeta } from './bundle-format.js';
import { type OnnxContent, writeBundleFiles } from './write-bundle-files.js';

export interface BundleContent {
  readonly pipeline: FittedPipeline;
  readonly report: JsonObject;
  /** Rows and their exact outputs, which every opening replays. */
  readonly golden: GoldenRows;
  readonly onnx?: OnnxContent | undefined;
  readonly meta: BundleMeta;
  /** Ed25519, private. */
  readonly signingKey: KeyObject;
}

/**
 * Writes a fitted pipeline as a bundle of format version 1, whole or not at all. Equal content and key give equal bytes.
 * @returns length and SHA-256 (lower-case hex) of the file
 * @throws Problem storage_full when there is no room; nothing is left then
 */
export function writeBundle(
  path: string,
  content: BundleContent,
): Promise<{ nBytes: number; sha256: string }> {
  const { pipeline, report, golden, onnx, meta, signingKey } = content;
  const { signature, ...parts } = pipelineToParts(pipeline);
  const { algorithm } = pipeline.steps;
  return writeBundleFiles(path, {
    parts,
    algorithm,
    signature,
    report,
    golden: { ...golden },
    onnx,
    meta,
    signingKey,
  });
}
