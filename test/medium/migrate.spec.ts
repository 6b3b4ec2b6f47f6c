import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MigrationError, migrate } from '../../src/database/migrate.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const FIRST = { version: 1, name: 'first', sql: 'create table a (x integer); -- a comment' };
const SECOND = { version: 2, name: 'second', sql: 'create table b (x integer);' };
const BROKEN = { version: 2, name: 'second', sql: 'create table c (x integer); create tabel d ();' };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

describe('migrate', () => {
  it('applies each step once, also when several processes start at once', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.db, [FIRST])));
    expect(applied.flat()).toEqual([1]);
  });

  it('leaves nothing of a step that fails', async () => {
    await expect(migrate(database.db, [FIRST, BROKEN])).rejects.toThrow();
    const row = await database.db.one<{ name: string | null }>(`select to_regclass('c')::text as name`);
    expect(row?.name).toBeNull();
  });

  it('takes a mended comment for the same step, and a changed statement for another', async () => {
    expect(await migrate(database.db, [{ ...FIRST, sql: 'create table a\n(x integer); -- mended' }])).toEqual(
      [],
    );
    await expect(
      migrate(database.db, [{ ...FIRST, sql: 'create table a (x bigint);' }]),
    ).rejects.toBeInstanceOf(MigrationError);
  });

  it('refuses a database that is newer than the program', async () => {
    expect(await migrate(database.db, [FIRST, SECOND])).toEqual([2]);
    await expect(migrate(database.db, [FIRST])).rejects.toThrow('version 2');
  });
});
