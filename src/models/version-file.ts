import type { DownloadableObject } from '../http/send-object.js';
import { foreignFormatOf } from './imports/foreign-model.js';
import type { ModelVersion } from './model-types.js';

/** The file of a version as it is downloaded: our bundle, or what was imported, byte for byte. */
export function versionFile({
  modelId,
  version,
  algorithm,
  bundleKey,
  nBytes,
  sha256,
}: ModelVersion): DownloadableObject {
  const isOnnx = foreignFormatOf(algorithm) === 'onnx';
  return {
    key: bundleKey,
    fileName: `${modelId}-v${version}.${isOnnx ? 'onnx' : 'zip'}`,
    mediaType: isOnnx ? 'application/octet-stream' : 'application/zip',
    nBytes,
    sha256,
  };
}
