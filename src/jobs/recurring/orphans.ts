import { rm } from 'node:fs/promises';
import type { DatabaseClient } from '../../database/database-client.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { keysWithoutRow } from './retention.repository.js';

const BATCH = 500;

/**
 * Deletes what an interrupted upload or training left behind: scratch files, and objects that no row names. Both only
 * when they are older than `maxAgeMs`, because an object is stored a moment before its row is committed.
 */
export async function deleteOrphans(
  client: DatabaseClient,
  store: ObjectStore,
  maxAgeMs: number,
  now: number,
): Promise<{ scratchFiles: number; objects: number }> {
  const isOld = (modifiedAt: Date) => now - modifiedAt.getTime() > maxAgeMs;
  let scratchFiles = 0;
  for await (const { path, modifiedAt } of store.listScratch()) {
    if (!isOld(modifiedAt)) continue;
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
