import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedDatabase } from '../../src/database/embedded/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL on which tests may create databases. */
    databaseUrl: string;
  }
}

/** One PostgreSQL for the run: the one that DATABASE_URL names, or an embedded one that is gone afterwards. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const configured = process.env['DATABASE_URL'];
  if (configured) {
    provide('databaseUrl', configured);
    return async () => undefined;
  }
  const storageDir = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
  const embedded = await startEmbeddedDatabase(storageDir);
  provide('databaseUrl', embedded.url);
  return async () => {
    await embedded.stop();
    await rm(storageDir, { recursive: true, force: true });
  };
}
