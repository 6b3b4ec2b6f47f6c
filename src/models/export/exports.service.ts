import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../errors/problem.js';
import type { DownloadableObject } from '../../http/send-object.js';
import { ObjectStore } from '../../storage/object-store.js';
import { ArchiveReader } from '../bundle/archive-reader.js';
import {
  type BundleManifest,
  DEFAULT_BUNDLE_LIMITS,
  MANIFEST_ENTRY,
  ONNX_ENTRY,
} from '../bundle/bundle-format.js';
import { parseManifest } from '../bundle/bundle-manifest.js';
import { foreignFormatOf } from '../imports/foreign-model.js';
import type { ModelVersion } from '../model-types.js';
import { versionFile } from '../version-file.js';

const SCORER = new URL('./scorer/scorer.mjs', import.meta.url.replace('/src/', '/dist/'));

/** A file inside of a bundle, and a reader of its bytes. */
export interface OnnxDownload {
  readonly store: Pick<ObjectStore, 'read'>;
  readonly object: DownloadableObject;
}

/** A model in other forms: what its bundle holds of them, and the module that opens bundles. */
@Injectable()
export class ExportsService {
  #scorer: Promise<{ text: string; etag: string }> | undefined;

  constructor(private readonly store: ObjectStore) {}

  /**
   * The ONNX model of a version: it is stored in the bundle as it is, so its bytes are a part of that file.
   * @throws Problem export_not_available with the reason
   */
  async findOnnx(modelVersion: ModelVersion): Promise<OnnxDownload> {
    const { modelId, version, bundleKey } = modelVersion;
    const format = foreignFormatOf(modelVersion.algorithm);
    if (format === 'onnx') return { store: this.store, object: versionFile(modelVersion) };
    if (format !== undefined) {
      throw new Problem(
        'export_not_available',
        'The model was imported from TensorFlow.js; it has no other form.',
      );
    }
    const archive = await ArchiveReader.open(await this.store.localPath(bundleKey), DEFAULT_BUNDLE_LIMITS);
    try {
      const manifest = parseManifest(await archive.read(MANIFEST_ENTRY));
      const digest = manifest.entries[ONNX_ENTRY];
      if (digest === undefined) throw new Problem('export_not_available', reasonOf(manifest));
      const first = await archive.dataStart(ONNX_ENTRY);
      const object = {
        key: bundleKey,
        fileName: `${modelId}-v${version}.onnx`,
        mediaType: 'application/octet-stream',
        ...digest,
      };
      return { store: partOf(this.store, first, digest.nBytes), object };
    } finally {
      archive.close();
    }
  }

  /** The scorer module, which the build has made; read once. */
  async scorer(): Promise<{ text: string; etag: string }> {
    this.#scorer ??= readFile(SCORER, 'utf8').then((text) => {
      const sha256 = createHash('sha256').update(text).digest('hex');
      return { text, etag: `"${sha256}"` };
    });
    return this.#scorer;
  }
}

function reasonOf({ exports }: BundleManifest): string {
  const reason = exports?.onnx['reason'];
  return typeof reason === 'string'
    ? `The bundle has no ONNX model: ${reason}.`
    : 'The bundle was written before there were ONNX models in bundles.';
}

/** Bytes first..first+nBytes-1 of every object, as if they were all of it. */
function partOf(store: ObjectStore, first: number, nBytes: number): Pick<ObjectStore, 'read'> {
  return {
    read: (key, { start, end } = { start: 0, end: nBytes - 1 }) =>
      store.read(key, { start: first + start, end: first + end }),
  };
}
