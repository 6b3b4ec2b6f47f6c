import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { findBinaries } from './binaries.js';
import { prepareCluster, ROLE } from './cluster.js';
import { EmbeddedDatabaseError, USE_ANOTHER_DATABASE } from './embedded-database-error.js';
import { findPostmaster, type Postmaster, startPostmaster, stopPostmaster } from './postmaster.js';
import { chooseDatabaseUser } from './unprivileged-user.js';

export { EmbeddedDatabaseError } from './embedded-database-error.js';

/** A PostgreSQL of our own. */
export interface EmbeddedDatabase {
  /** With the password: not to be printed. */
  readonly url: string;
  /** Ends it; what was committed stays. */
  stop(): Promise<void>;
}

/** Held by the one service that owns the server, for as long as its session lives. */
const OWNER_LOCK_KEY = 7_261_002;
const DATABASE_NAME = 'trainyard';

/**
 * Starts PostgreSQL on `<storageDir>/database`, or takes over the one that a killed service left running there.
 * Throws EmbeddedDatabaseError when it cannot run, and when another service uses the same folder.
 */
export async function startEmbeddedDatabase(storageDir: string): Promise<EmbeddedDatabase> {
  const root = resolve(storageDir);
  const dataDir = join(root, 'database');
  await mkdir(root, { recursive: true });
  const binaries = await findBinaries();
  const user = await chooseDatabaseUser([root, dirname(binaries.postgres)]);
  const password = await prepareCluster(binaries, root, dataDir, user);
  const postmaster =
    (await findPostmaster(dataDir)) ??
    (await startPostmaster(binaries.postgres, dataDir, join(root, 'database.log'), user));

  const urlOf = (database: string) =>
    `postgres://${ROLE}:${password}@127.0.0.1:${postmaster.port}/${database}`;
  const owner = await becomeOwner(urlOf('postgres'));
  await createDatabaseOnce(owner);
  return { url: urlOf(DATABASE_NAME), stop: () => stop(owner, postmaster) };
}

/** An advisory lock ends with its session, so a service that was killed leaves nothing behind that must be cleared. */
async function becomeOwner(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'trainyard owner',
    keepAlive: true,
  });
  // The server went away: every query of the service says so by itself.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
    OWNER_LOCK_KEY,
  ]);
  if (rows[0]?.taken) return client;
  await client.end();
  throw new EmbeddedDatabaseError(
    `Another service runs on this STORAGE_DIR. Stop it, or give this one a folder of its own. ${USE_ANOTHER_DATABASE}`,
  );
}

async function createDatabaseOnce(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE_NAME]);
  if (rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
}

async function stop(owner: pg.Client, postmaster: Postmaster): Promise<void> {
  await owner.end().catch(() => undefined);
  await stopPostmaster(postmaster);
}
