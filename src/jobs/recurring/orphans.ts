import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DatabaseClient } from '../../database/database-client.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { deleteExpiredUploads, keysWithoutRow, partsOfUploads } from './retention.repository.js';

const BATCH = 500;

/** Deletes resumable uploads that nobody went on with, and their files. Returns how many. */
export async function deleteAbandonedUploads(client: DatabaseClient): Promise<number> {
  const paths = await deleteExpiredUploads(client);
  for (const path of paths) await rm(path, { force: true });
  return paths.length;
}

/**
 * Deletes what an interrupted upload or training left behind: scratch files but the parts of resumable uploads, and
 * objects that no row names. Both only
 * when they are older than `maxAgeMs`, because an object is stored a moment before its row is committed.
 */
export async function deleteOrphans(
  client: DatabaseClient,
  store: ObjectStore,
  maxAgeMs: number,
  now: number,
): Promise<{ scratchFiles: number; objects: number }> {
  const kept = await partsOfUploads(client);
  const isOld = (modifiedAt: Date) => now - modifiedAt.getTime() > maxAgeMs;
  let scratchFiles = 0;
  for await (const { path, modifiedAt } of store.listScratch()) {
    if (!isOld(modifiedAt) || kept.has(basename(path))) continue;
    await rm(path, { recursive: true, force: true });
    scratchFiles++;
  }

  let objects = 0;
  let batch: string[] = [];
  const deleteBatch = async () => {
    const orphans = batch.length === 0 ? [] : await keysWithoutRow(client, batch);
    for (const key of orphans) await store.delete(key);
    objects += orphans.length;
    batch = [];
  };
  for await (const { key, modifiedAt } of store.list('')) {
    if (isOld(modifiedAt)) batch.push(key);
    if (batch.length === BATCH) await deleteBatch();
  }
  await deleteBatch();
  return { scratchFiles, objects };
}
