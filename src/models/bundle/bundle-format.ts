import type { Task } from '../../learn/estimator.js';
import type { JsonObject } from '../../learn/json.js';

/** The bundle's format, version 1. docs/bundle-format.md describes it for readers in other languages. */
export const BUNDLE_FORMAT = 'trainyard-bundle';
export const BUNDLE_FORMAT_VERSION = 1;

export const MANIFEST_ENTRY = 'manifest.json';
export const SIGNATURE_ENTRY = 'manifest.sig';

/** What the manifest lists and its digests cover. The order is the order in the archive. */
export const CONTENT_ENTRIES = [
  'pipeline.json',
  'tensors.safetensors',
  'signature.json',
  'report.json',
  'model-card.md',
  'golden.json',
] as const;
export type ContentEntry = (typeof CONTENT_ENTRIES)[number];

/** The pipeline once more, for runtimes of ONNX. Nothing of ours is read from it. */
export const ONNX_ENTRY = 'model.onnx';
/** What may be there besides, behind the others; listed and covered by digests like them. */
export const OPTIONAL_ENTRIES = [ONNX_ENTRY] as const;
export type OptionalEntry = (typeof OPTIONAL_ENTRIES)[number];

export type BundleEntryName = ContentEntry | OptionalEntry | typeof MANIFEST_ENTRY | typeof SIGNATURE_ENTRY;
export const BUNDLE_ENTRIES: readonly BundleEntryName[] = [
  MANIFEST_ENTRY,
  SIGNATURE_ENTRY,
  ...CONTENT_ENTRIES,
  ...OPTIONAL_ENTRIES,
];

/** Where one learned part of the pipeline lies. */
export interface PartLocation {
  readonly file: 'pipeline.json';
  /** RFC 6901: `/estimator`. */
  readonly pointer: string;
  /** The names of its tensors in tensors.safetensors. */
  readonly tensors: readonly string[];
}

export interface EntryDigest {
  readonly nBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** manifest.json: what the bundle is and what must be in it. */
export interface BundleManifest {
  readonly format: typeof BUNDLE_FORMAT;
  readonly formatVersion: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The program that wrote it: `trainyard 0.1.0`. */
  readonly producer: string;
  readonly model: { readonly id: string; readonly name: string; readonly version?: number };
  readonly algorithm: string;
  readonly task: Task;
  readonly parts: Readonly<Record<string, PartLocation>>;
  /** Which exports there are, or why not. Bundles that were written before there were any say nothing. */
  readonly exports?: { readonly onnx: JsonObject };
  readonly entries: Readonly<Record<ContentEntry, EntryDigest> & Partial<Record<OptionalEntry, EntryDigest>>>;
}

/** What a caller says about the model that it writes. */
export interface BundleMeta {
  readonly createdAt: string;
  readonly producer: string;
  readonly model: { readonly id: string; readonly name: string; readonly version?: number };
}

/** How large a bundle may be that is read. Exceeding one is a refusal, before memory is taken for it. */
export interface BundleLimits {
  /** Of all entries together, unpacked. */
  readonly maxTotalBytes: number;
  /** Of one entry of JSON or text, unpacked. */
  readonly maxTextBytes: number;
  /** Unpacked bytes for each packed one, of entries above 1 MiB: deflate of honest JSON stays below 50. */
  readonly maxRatio: number;
}

export const DEFAULT_BUNDLE_LIMITS: BundleLimits = {
  maxTotalBytes: 2 * 1024 ** 3,
  maxTextBytes: 256 * 1024 ** 2,
  maxRatio: 200,
};
