import { createHash, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../learn/json.js';
import type { ModelSignature } from '../../learn/pipeline/signature.js';
import { ArchiveReader } from './archive-reader.js';
import {
  type BundleLimits,
  type BundleManifest,
  CONTENT_ENTRIES,
  type ContentEntry,
  DEFAULT_BUNDLE_LIMITS,
  type EntryDigest,
  MANIFEST_ENTRY,
  OPTIONAL_ENTRIES,
  type OptionalEntry,
  SIGNATURE_ENTRY,
} from './bundle-format.js';
import { asBundleInvalid, bundleInvalid } from './bundle-invalid.js';
import { parseManifest, parseObject } from './bundle-manifest.js';
import { verifyManifest } from './bundle-signing.js';
import { assertLocations, type LearnedParts } from './learned-parts.js';
import { decodeSafetensors } from './safetensors.js';

/** A kernel may keep its tensors in a second layout; a JSON text becomes objects of some three times its length. */
const BYTES_PER_FILE_BYTE = 3;

export interface ReadBundleOptions {
  /** One of them must have signed; undefined: whoever signed, only damage is found. */
  readonly trustedKeys?: readonly KeyObject[] | undefined;
  readonly limits?: BundleLimits | undefined;
}

/** A bundle as it was found in its file: authentic and undamaged; the parts are not yet a pipeline. */
export interface BundleFiles {
  readonly manifest: BundleManifest;
  /** The id of the key that signed. */
  readonly signedBy: string;
  readonly parts: LearnedParts;
  readonly signature: ModelSignature;
  readonly report: JsonObject;
  readonly modelCard: string;
  readonly golden: JsonObject;
  /** An estimate of what it takes in memory: tensors and what is built from them, and JSON as objects. */
  readonly nBytes: number;
}

/**
 * Reads and checks a bundle's file: archive, format version, signature, lengths, digests, tensors. Everything happens in
 * memory; nothing is ever written.
 * @throws Problem bundle_invalid with the reason
 */
export async function readBundleFiles(path: string, options: ReadBundleOptions = {}): Promise<BundleFiles> {
  const archive = await ArchiveReader.open(path, options.limits ?? DEFAULT_BUNDLE_LIMITS);
  try {
    const manifestFile = await archive.read(MANIFEST_ENTRY);
    const manifest = parseManifest(manifestFile);
    const signedBy = verifyManifest(manifestFile, await archive.read(SIGNATURE_ENTRY), options.trustedKeys);
    return await readContent(archive, manifest, signedBy);
  } catch (error) {
    throw asBundleInvalid(error);
  } finally {
    archive.close();
  }
}

async function readContent(
  archive: ArchiveReader,
  manifest: BundleManifest,
  signedBy: string,
): Promise<BundleFiles> {
  const files = {} as Record<ContentEntry, Buffer>;
  for (const name of CONTENT_ENTRIES) files[name] = await readVerified(archive, manifest, name);
  for (const name of OPTIONAL_ENTRIES) {
    if (archive.has(name) !== Object.hasOwn(manifest.entries, name)) {
      throw bundleInvalid(`its manifest and its archive differ about ${name}`);
    }
    if (archive.has(name)) await readVerified(archive, manifest, name);
  }
  const parts: LearnedParts = {
    config: parseObject(files['pipeline.json'], 'pipeline.json') as JsonObject,
    tensors: decodeSafetensors(files['tensors.safetensors']),
  };
  assertLocations(manifest.parts, parts);
  return {
    manifest,
    signedBy,
    parts,
    signature: parseObject(files['signature.json'], 'signature.json') as unknown as ModelSignature,
    report: parseObject(files['report.json'], 'report.json') as JsonObject,
    modelCard: files['model-card.md'].toString('utf8'),
    golden: parseObject(files['golden.json'], 'golden.json') as JsonObject,
    nBytes: CONTENT_ENTRIES.reduce((sum, name) => sum + files[name].length * BYTES_PER_FILE_BYTE, 0),
  };
}

/** The length is compared before anything is unpacked. */
async function readVerified(
  archive: ArchiveReader,
  manifest: BundleManifest,
  name: ContentEntry | OptionalEntry,
): Promise<Buffer> {
  const { nBytes, sha256 } = manifest.entries[name] as EntryDigest;
  if (archive.nBytes(name) !== nBytes)
    throw bundleInvalid(`${name} has another length than its manifest says`);
  const content = await archive.read(name);
  if (createHash('sha256').update(content).digest('hex') !== sha256) {
    throw bundleInvalid(`${name} has another digest than its manifest says`);
  }
  return content;
}
