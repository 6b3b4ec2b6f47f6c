import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';

/** A database of one test file's own. */
export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
  /** Closes and drops it, whoever is still connected. */
  drop(): Promise<void>;
}

/** Makes a fresh database with the service's tables, or without any. */
export async function createTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const serverUrl = inject('databaseUrl');
  const name = `trainyard_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  // Connections that the tests cut on purpose are reported here, and are no news.
  const db = new Database({ url: url.href, poolSize: 5, log: () => undefined });
  if (options.migrated ?? true) await migrate(db);
  return {
    url: url.href,
    db,
    drop: async () => {
      await db.close();
      await onServer(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
