import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileErrorCode } from '../errors/file-errors.js';

/** Forces a file's or a folder's content to the disk. A rename lasts only after its folder was forced too. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it; what was made is durable on return. */
export async function makeDurableFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  if (firstMade === undefined) return;
  for (let folder = path; folder.length >= firstMade.length; folder = dirname(folder)) {
    await syncToDisk(dirname(folder));
  }
}

/**
 * Moves `from` to `to`, visible whole or not at all, durable on return. `from` and `to` lie on one volume.
 * The folder of `to` is made when it is absent, also when a concurrent delete has just tidied it away.
 */
export async function moveDurably(from: string, to: string): Promise<void> {
  await syncToDisk(from);
  for (let attempt = 1; ; attempt++) {
    await makeDurableFolder(dirname(to));
    try {
      await rename(from, to);
      break;
    } catch (error) {
      if (fileErrorCode(error) !== 'ENOENT' || attempt === 3) throw error;
    }
  }
  await syncToDisk(dirname(to));
}

/** Copies a file from another volume, sharing blocks where the file system can. */
export async function copyAcrossVolumes(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}
