import {
  BUNDLE_FORMAT,
  BUNDLE_FORMAT_VERSION,
  type BundleManifest,
  CONTENT_ENTRIES,
  type ContentEntry,
  type EntryDigest,
  ONNX_ENTRY,
  OPTIONAL_ENTRIES,
} from './bundle-format.js';
import { bundleInvalid } from './bundle-invalid.js';

const SHA256 = /^[0-9a-f]{64}$/;
const TASKS: readonly unknown[] = ['classification', 'regression', 'clustering'];

/**
 * Reads manifest.json. The version is looked at before anything else: a later format may differ in all the rest.
 * @throws Problem bundle_invalid
 */
export function parseManifest(file: Uint8Array): BundleManifest {
  const manifest = parseObject(file, 'manifest.json');
  if (manifest['format'] !== BUNDLE_FORMAT) throw bundleInvalid('its manifest is not that of a bundle');
  if (manifest['formatVersion'] !== BUNDLE_FORMAT_VERSION) {
    throw bundleInvalid(
      `its format version is not ${BUNDLE_FORMAT_VERSION}, the only one that is known here`,
    );
  }
  const { createdAt, producer, algorithm, task, model, parts, entries } = manifest;
  const texts = [createdAt, producer, algorithm];
  if (texts.some((text) => typeof text !== 'string') || !TASKS.includes(task)) {
    throw bundleInvalid('its manifest is not complete');
  }
  if (!isRecord(model) || typeof model['id'] !== 'string' || typeof model['name'] !== 'string') {
    throw bundleInvalid('its manifest names no model');
  }
  if (!isRecord(parts) || !Object.values(parts).every(isPartLocation)) {
    throw bundleInvalid('its manifest does not say where the parts are');
  }
  assertEntries(entries);
  assertExports(manifest);
  return manifest as unknown as BundleManifest;
}

/** A JSON object out of an entry. @throws Problem bundle_invalid */
export function parseObject(file: Uint8Array, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file));
  } catch {
    throw bundleInvalid(`${name} is not JSON`);
  }
  if (!isRecord(value)) throw bundleInvalid(`${name} is not a JSON object`);
  return value;
}

function assertEntries(entries: unknown): asserts entries is Record<ContentEntry, EntryDigest> {
  const optional = OPTIONAL_ENTRIES.filter((name) => isRecord(entries) && Object.hasOwn(entries, name));
  const names = [...CONTENT_ENTRIES, ...optional];
  if (!isRecord(entries) || Object.keys(entries).length !== names.length) {
    throw bundleInvalid('its manifest does not list its entries');
  }
  for (const name of names) {
    const digest = entries[name];
    const isComplete =
      isRecord(digest) &&
      Number.isSafeInteger(digest['nBytes']) &&
      typeof digest['sha256'] === 'string' &&
      SHA256.test(digest['sha256']);
    if (!isComplete) throw bundleInvalid(`its manifest does not describe ${name}`);
  }
}

/** What is said of the ONNX model must agree with the list of entries. */
function assertExports({ exports, entries }: Record<string, unknown>): void {
  const isThere = isRecord(entries) && Object.hasOwn(entries, ONNX_ENTRY);
  const onnx = isRecord(exports) ? exports['onnx'] : undefined;
  const isSaid = isRecord(onnx) && onnx['included'] === true;
  if (isThere !== isSaid || (exports !== undefined && !isRecord(onnx))) {
    throw bundleInvalid('its manifest does not say which exports it has');
  }
}

function isPartLocation(part: unknown): boolean {
  return (
    isRecord(part) &&
    part['file'] === 'pipeline.json' &&
    typeof part['pointer'] === 'string' &&
    Array.isArray(part['tensors']) &&
    part['tensors'].every((name) => typeof name === 'string')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
