import { Problem } from './problem.js';

/** No room on the volume, over the quota, or larger than a file may be here. */
const FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Whether a file operation failed because there is no room. */
export function isStorageFull(error: unknown): boolean {
  return FULL_CODES.has(fileErrorCode(error) ?? '');
}

/** A full disk as Problem('storage_full'); every other error as it is. */
export function translateStorageError(error: unknown): unknown {
  if (!isStorageFull(error)) return error;
  return new Problem('storage_full', 'There was no room to write the file; nothing of it was kept.');
}

/** The code of an error of node:fs, or undefined. */
export function fileErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
