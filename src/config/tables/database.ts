import type { SettingTable } from '../setting-definition.js';

/** The database. */
export const DATABASE_SETTINGS = {
  databaseUrl: {
    variable: 'DATABASE_URL',
    kind: 'text',
    default: undefined,
    secret: true,
    description: 'A PostgreSQL address; without it an embedded PostgreSQL runs in STORAGE_DIR.',
  },
  databasePoolSize: {
    variable: 'DATABASE_POOL_SIZE',
    kind: 'integer',
    default: 10,
    minimum: 2,
    maximum: 200,
    description: 'Connections to the database from this process.',
  },
} as const satisfies SettingTable;
