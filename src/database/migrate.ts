import { createHash } from 'node:crypto';
import type { Database } from './database.js';
import type { DatabaseClient } from './database-client.js';
import { MIGRATIONS, type Migration } from './migrations/index.js';

/** The schema in the database is not one that this program may work with. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** Any number, the same for every process that migrates. */
const ADVISORY_LOCK_KEY = 7_261_001;

interface AppliedMigration {
  version: number;
  checksum: string;
}

/**
 * Brings the schema up to date, in one transaction and by one process at a time. Returns the versions that were applied.
 * `schema`: where the steps that were applied are written down, for tables that live in a schema of their own.
 * Throws MigrationError when an applied step differs from the one here, or when the database is newer than the program.
 */
export function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
  schema?: string,
): Promise<number[]> {
  const journal = schema === undefined ? 'schema_migrations' : `${schema}.schema_migrations`;
  return database.transaction(async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK_KEY]);
    if (schema !== undefined) await client.query(`create schema if not exists ${schema}`);
    await client.query(
      `create table if not exists ${journal} (
         version    integer primary key,
         name       text not null,
         checksum   text not null,
         applied_at timestamptz not null default now()
       )`,
    );
    const applied = await client.query<AppliedMigration>(
      `select version, checksum from ${journal} order by version`,
    );
    checkApplied(applied, migrations);
    const done = new Set(applied.map((row) => row.version));
    const missing = migrations.filter((migration) => !done.has(migration.version));
    for (const migration of missing) await apply(client, migration, journal);
    return missing.map((migration) => migration.version);
  });
}

async function apply(client: DatabaseClient, migration: Migration, journal: string): Promise<void> {
  await client.query(migration.sql);
  await client.query(`insert into ${journal} (version, name, checksum) values ($1, $2, $3)`, [
    migration.version,
    migration.name,
    checksumOf(migration),
  ]);
}

function checkApplied(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const { version, checksum } of applied) {
    const migration = byVersion.get(version);
    if (!migration) {
      throw new MigrationError(
        `the database has schema version ${version}, which this program does not know; start a newer program`,
      );
    }
    if (checksumOf(migration) !== checksum) {
      throw new MigrationError(
        `schema version ${version} (${migration.name}) in the database was made by another text than this program's`,
      );
    }
  }
}

/** Comments and spacing may be mended after a release; what is executed may not. */
function checksumOf(migration: Migration): string {
  const meaning = migration.sql.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim();
  return createHash('sha256').update(meaning).digest('hex');
}
