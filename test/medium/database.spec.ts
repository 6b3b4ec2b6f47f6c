import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  await database.db.query('create table things (id bigint, made timestamptz, body jsonb)');
});
afterAll(() => database.drop());

const count = async () => (await database.db.one<{ n: number }>('select count(*) as n from things'))?.n;

describe('Database', () => {
  it('gives rows, the first row, and how many rows changed', async () => {
    const { db } = database;
    expect(await db.execute(`insert into things values (7, now(), '{"a": [1]}')`)).toBe(1);
    const row = await db.one<{ id: number; made: Date; body: unknown }>('select * from things');
    expect(row).toMatchObject({ id: 7, made: expect.any(Date), body: { a: [1] } });
    expect(await db.one('select 1 where $1::boolean', [false])).toBeUndefined();
    expect(await db.query('select x from generate_series(1, 3) as x')).toHaveLength(3);
  });

  it('undoes a transaction whose work throws, and keeps the connection', async () => {
    const before = await count();
    const work = database.db.transaction(async (client) => {
      await client.execute('delete from things');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await count()).toBe(before);
  });

  it('tells listeners at the commit, and not after a rollback', async () => {
    const heard: string[] = [];
    let wake: (() => void) | undefined;
    const done = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const stop = await database.db.listen('things_changed', (payload) => {
      heard.push(payload);
      if (payload === 'last') wake?.();
    });
    await database.db
      .transaction(async (client) => {
        await client.notify('things_changed', 'never');
        throw new Error('no');
      })
      .catch(() => undefined);
    await database.db.transaction((client) => client.notify('things_changed', 'committed'));
    await database.db.notify('things_changed', 'last');
    await done;
    await stop();
    expect(heard).toEqual(['committed', 'last']);
  });

  it('listens again after its connection was cut, and says so', async () => {
    const payload = new Promise<string>((resolve, reject) => {
      database.db
        .listen('cut', resolve, {
          onReconnect: () => void database.db.notify('cut', 'heard again').catch(reject),
        })
        .then(() =>
          database.db.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and query like 'listen %'`,
          ),
        )
        .catch(reject);
    });
    expect(await payload).toBe('heard again');
  });

  it('refuses a channel that is no plain name', async () => {
    await expect(database.db.listen('a; drop table things', () => undefined)).rejects.toThrow('channel');
  });
});
