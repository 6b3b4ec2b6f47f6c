import type { TestProject } from 'vitest/node';
import { startEmbeddedDatabase } from '../../src/database/embedded/index.js';
import { makeRunFolder, removeLeftovers, removeRunFolder } from './run-folder.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL on which tests may create databases. */
    databaseUrl: string;
    /** Where tests make their folders; gone after the run. */
    runFolder: string;
  }
}

/** One PostgreSQL for the run: the one that DATABASE_URL names, or an embedded one that is gone afterwards. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const runFolder = await makeRunFolder();
  provide('runFolder', runFolder);
  const databaseUrl = process.env['DATABASE_URL'] || (await startEmbeddedDatabase(runFolder)).url;
  provide('databaseUrl', databaseUrl);
  return () => removeRunFolder(runFolder);
}
