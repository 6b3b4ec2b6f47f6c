/**
 * Predicts with a bundle, in a browser or in Node, without the service: one module, made of the very code that the
 * service predicts with, so that the numbers are the same to the bit where the engine is V8 (Node, Chromium); another
 * engine may round an exponential or a logarithm otherwise in the last place.
 *
 *   import { openBundle } from './scorer.mjs';
 *   const model = await openBundle(await (await fetch('bundle.zip')).arrayBuffer());
 *   model.predict([{ age: 39, workclass: 'Private' }]).predictions;
 */
import type { JsonObject } from '../../../learn/json.js';
import type { FittedPipeline, Prediction } from '../../../learn/pipeline/fitted-pipeline.js';
import { pipelineFromParts } from '../../../learn/pipeline/pipeline-parts.js';
import type { RowProblem, RowWarning } from '../../../learn/pipeline/row-findings.js';
import type { ModelSignature } from '../../../learn/pipeline/signature.js';
import { decodeSafetensors } from '../../bundle/safetensors.js';
import { ZipFile } from './unzip.js';

/** The format versions that this module reads. */
const FORMAT_VERSION = 1;
/** How far the golden rows may lie from what was recorded: an engine's own rounding, no more. */
const GOLDEN_TOLERANCE = 1e-9;

export interface ScorerReply {
  /** As the service gives them: label with probabilities, value, or cluster. */
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly RowWarning[];
}

/** Rows that cannot be predicted; `problems` says where and why. */
export class RowsRefused extends Error {
  override readonly name = 'RowsRefused';

  constructor(readonly problems: readonly RowProblem[]) {
    super(`The rows have ${problems.length} problems; see problems.`);
  }
}

/** A model out of a bundle. */
export class Scorer {
  constructor(
    readonly manifest: JsonObject,
    private readonly pipeline: FittedPipeline,
  ) {}

  /** What a row must have, and what comes out. */
  get signature(): ModelSignature {
    return this.pipeline.signature;
  }

  /** @throws RowsRefused */
  predict(rows: readonly JsonObject[]): ScorerReply {
    const { outputs, problems, warnings } = this.pipeline.predictRows(rows);
    if (problems.length > 0) throw new RowsRefused(problems);
    return { predictions: this.pipeline.decode(outputs, rows.length), warnings };
  }
}

/**
 * Opens a bundle: checks every entry that it reads against its digest (where the page or process may compute digests)
 * and asks the golden rows. Who signed it is not looked at.
 * @param source the whole file
 * @throws Error with the reason
 */
export async function openBundle(source: ArrayBuffer | Uint8Array): Promise<Scorer> {
  // A Buffer is a Uint8Array whose slices are views; what is read must lie in buffers of its own.
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  const zip = new ZipFile(bytes);
  const manifest = parse(await zip.read('manifest.json'));
  if (manifest['format'] !== 'trainyard-bundle' || manifest['formatVersion'] !== FORMAT_VERSION) {
    throw new Error(`This module reads bundles of format version ${FORMAT_VERSION}.`);
  }
  const read = async (name: string): Promise<Uint8Array> => {
    const content = await zip.read(name);
    await assertDigest(name, content, manifest);
    return content;
  };
  const signature = parse(await read('signature.json')) as unknown as ModelSignature;
  const config = parse(await read('pipeline.json'));
  const tensors = decodeSafetensors(await read('tensors.safetensors'));
  const pipeline = pipelineFromParts({ signature, config, tensors });
  assertGolden(pipeline, parse(await read('golden.json')));
  return new Scorer(manifest, pipeline);
}

function parse(file: Uint8Array): JsonObject {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file)) as JsonObject;
}

/** Pages that did not come over TLS or from this machine have no digests. */
async function assertDigest(name: string, content: Uint8Array, manifest: JsonObject): Promise<void> {
  if (globalThis.crypto?.subtle === undefined) return;
  const entries = manifest['entries'] as Record<string, { sha256?: string } | undefined>;
  const digest = await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>);
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (entries[name]?.sha256 !== hex) throw new Error(`${name} is damaged.`);
}

function assertGolden(pipeline: FittedPipeline, golden: JsonObject): void {
  const { outputs, problems } = pipeline.predictRows(golden['rows'] as JsonObject[]);
  const expected = (golden['outputs'] as number[][]).flat();
  const isSame = expected.every((value, k) => {
    const difference = Math.abs((outputs[k] as number) - value);
    return difference <= GOLDEN_TOLERANCE * Math.max(1, Math.abs(value));
  });
  if (problems.length > 0 || !isSame) throw new Error('The golden rows give other numbers here.');
}
