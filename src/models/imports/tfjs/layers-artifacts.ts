import type { io } from '@tensorflow/tfjs-core';
import { modelFileInvalid } from '../model-file-invalid.js';
import type { ModelArchive } from './open-archive.js';

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, complex64: 8 };
const QUANTIZED_BYTES: Readonly<Record<string, number>> = { uint8: 1, uint16: 2, float16: 2 };

/**
 * A layers model as the library takes it. Weights are as long as their list says, to the byte, before the library sees
 * them: it would read on into the next one.
 * @throws Problem model_file_invalid
 */
export async function readArtifacts(archive: ModelArchive): Promise<io.ModelArtifacts & { format?: string }> {
  const topology = await archive.topology();
  if (!isObject(topology) || !isObject(topology['modelTopology'])) {
    throw modelFileInvalid('its model.json has no modelTopology');
  }
  if (topology['format'] === 'graph-model') {
    throw modelFileInvalid('it is a graph model; layers models are taken: convert or save it as one');
  }
  const groups = topology['weightsManifest'];
  if (!Array.isArray(groups)) throw modelFileInvalid('its model.json has no weightsManifest');
  const specs: io.WeightsManifestEntry[] = [];
  const buffers: Buffer[] = [];
  for (const group of groups as unknown[]) {
    const { paths, weights } = isObject(group) ? group : { paths: null, weights: null };
    if (!isTexts(paths) || !Array.isArray(weights)) throw modelFileInvalid('its weightsManifest is damaged');
    const shards: Buffer[] = [];
    for (const path of paths) shards.push(await archive.shard(path));
    const found = shards.reduce((sum, { length }) => sum + length, 0);
    const expected = (weights as unknown[]).reduce<number>((sum, spec) => sum + nBytesOf(spec), 0);
    if (found !== expected) {
      throw modelFileInvalid(`its weights have ${found} bytes, and ${expected} by its model.json`);
    }
    specs.push(...(weights as io.WeightsManifestEntry[]));
    buffers.push(...shards);
  }
  return {
    modelTopology: topology['modelTopology'],
    weightSpecs: specs,
    weightData: new Uint8Array(Buffer.concat(buffers)).buffer,
    ...(typeof topology['generatedBy'] === 'string' ? { generatedBy: topology['generatedBy'] } : {}),
  };
}

function nBytesOf(spec: unknown): number {
  const { shape, dtype, quantization } = isObject(spec) ? spec : { shape: null, dtype: null };
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const width = isObject(quantization)
    ? QUANTIZED_BYTES[String(quantization['dtype'])]
    : BYTES[String(dtype)];
  if (!isShape || width === undefined) throw modelFileInvalid('its weightsManifest is damaged');
  return (shape as number[]).reduce((product, size) => product * size, width);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
