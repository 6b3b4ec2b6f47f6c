import { createHash, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../learn/json.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import { type ArchiveEntry, writeArchive } from './archive-writer.js';
import {
  BUNDLE_FORMAT,
  BUNDLE_FORMAT_VERSION,
  type BundleManifest,
  type BundleMeta,
  type ContentEntry,
  type EntryDigest,
  MANIFEST_ENTRY,
  ONNX_ENTRY,
  type OptionalEntry,
  SIGNATURE_ENTRY,
} from './bundle-format.js';
import { signManifest } from './bundle-signing.js';
import { type LearnedParts, locateParts } from './learned-parts.js';
import { writeModelCard } from './model-card.js';
import { encodeSafetensors } from './safetensors.js';

/** What goes into a bundle. */
export interface BundleFilesContent {
  readonly parts: LearnedParts;
  readonly algorithm: string;
  readonly signature: ModelSignature;
  readonly report: JsonObject;
  /** Rows and their exact outputs. */
  readonly golden: object;
  readonly onnx?: OnnxContent | undefined;
  readonly meta: BundleMeta;
  /** Ed25519, private. */
  readonly signingKey: KeyObject;
}

/** The ONNX model and what the manifest says of it. */
export interface OnnxContent {
  /** null: left out, and `note` says why. */
  readonly file: Uint8Array | null;
  readonly note: JsonObject;
}

/** A file of the bundle before it is packed. */
type Content = Pick<ArchiveEntry, 'pieces' | 'nBytes'>;

/**
 * Writes a bundle of format version 1, whole or not at all. Equal content and key give equal bytes.
 * @returns length and SHA-256 (lower-case hex) of the file
 * @throws Problem storage_full when there is no room; nothing is left then
 */
export async function writeBundleFiles(
  path: string,
  content: BundleFilesContent,
): Promise<{ nBytes: number; sha256: string }> {
  const { meta, algorithm, signature, report, onnx } = content;
  const files: Record<ContentEntry, Content> & Partial<Record<OptionalEntry, Content>> = {
    'pipeline.json': jsonContent(content.parts.config),
    'tensors.safetensors': encodeSafetensors(content.parts.tensors),
    'signature.json': jsonContent(signature),
    'report.json': jsonContent(report),
    'model-card.md': textContent(writeModelCard({ meta, algorithm, signature, report })),
    'golden.json': jsonContent(content.golden),
    ...(onnx?.file == null ? {} : { [ONNX_ENTRY]: { pieces: [onnx.file], nBytes: onnx.file.length } }),
  };
  const named = Object.entries(files) as [ContentEntry, Content][];
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    formatVersion: BUNDLE_FORMAT_VERSION,
    createdAt: meta.createdAt,
    producer: meta.producer,
    model: meta.model,
    algorithm,
    task: signature.task,
    parts: locateParts(content.parts),
    ...(onnx === undefined ? {} : { exports: { onnx: onnx.note } }),
    entries: Object.fromEntries(
      named.map(([name, file]) => [name, digestOf(file)]),
    ) as BundleManifest['entries'],
  };
  const manifestFile = jsonContent(manifest);
  const signatureFile = signManifest(Buffer.concat(manifestFile.pieces), content.signingKey);
  const entries: [string, Content][] = [
    [MANIFEST_ENTRY, manifestFile],
    [SIGNATURE_ENTRY, { pieces: [signatureFile], nBytes: signatureFile.length }],
    ...named,
  ];
  return writeArchive(
    path,
    entries.map(([name, file]) => ({
      name,
      ...file,
      packed: name !== 'tensors.safetensors' && name !== ONNX_ENTRY,
    })),
  );
}

/** JSON has no NaN; writing null for it would be noticed only when somebody predicts. */
function jsonContent(value: object): Content {
  const text = JSON.stringify(
    value,
    (_key, part: unknown) => {
      if (typeof part === 'number' && !Number.isFinite(part))
        throw new TypeError('a bundle holds finite numbers only');
      return part;
    },
    1,
  );
  return textContent(`${text}\n`);
}

function textContent(text: string): Content {
  const bytes = Buffer.from(text, 'utf8');
  return { pieces: [bytes], nBytes: bytes.length };
}

function digestOf({ pieces, nBytes }: Content): EntryDigest {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return { nBytes, sha256: hash.digest('hex') };
}
