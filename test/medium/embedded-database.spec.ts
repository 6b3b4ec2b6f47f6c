import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startEmbeddedDatabase } from '../../src/database/embedded/index.js';

const OWNER = fileURLToPath(new URL('../fixtures/embedded-database-owner.mjs', import.meta.url));

let storageDir: string;
beforeEach(async () => {
  // As mkdtemp makes it: a folder that nobody but its owner may enter.
  storageDir = await mkdtemp(join(inject('runFolder'), 'embedded-'));
});
afterEach(() => rm(storageDir, { recursive: true, force: true }));

async function startOwner(): Promise<{ owner: ChildProcess; url?: string; error?: string }> {
  const owner = fork(OWNER, [storageDir]);
  const [message] = (await once(owner, 'message')) as [{ url?: string; error?: string }];
  return { owner, ...message };
}

async function kill(owner: ChildProcess): Promise<void> {
  const ended = once(owner, 'exit');
  owner.kill('SIGKILL');
  await ended;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function postmasterPid(): Promise<number | undefined> {
  const text = await readFile(join(storageDir, 'database', 'postmaster.pid'), 'utf8').catch(() => '');
  return Number.parseInt(text, 10) || undefined;
}

describe('the embedded database', () => {
  it('keeps what was committed over an orderly stop', async () => {
    const first = await startEmbeddedDatabase(storageDir);
    await query(first.url, 'create table kept (x integer)');
    await first.stop();
    expect(await postmasterPid()).toBeUndefined();
    const second = await startEmbeddedDatabase(storageDir);
    expect(await query(second.url, 'select * from kept')).toEqual([]);
    await second.stop();
  });

  it('shows its password to its owner alone', async () => {
    const database = await startEmbeddedDatabase(storageDir);
    const file = join(storageDir, 'database-password');
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(new URL(database.url).password).toBe(await readFile(file, 'utf8'));
    const wrong = database.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(query(wrong, 'select 1')).rejects.toThrow('password');
    await database.stop();
  });

  it('takes over the server of a service that was killed', async () => {
    const { owner, url } = await startOwner();
    await query(url!, 'create table kept (x integer)');
    const pid = await postmasterPid();
    await kill(owner);
    const database = await startEmbeddedDatabase(storageDir);
    expect(await postmasterPid()).toBe(pid);
    expect(await query(database.url, 'select * from kept')).toEqual([]);
    await database.stop();
    expect(await postmasterPid()).toBeUndefined();
  });

  it('recovers when the server was killed together with the service', async () => {
    const { owner, url } = await startOwner();
    await query(url!, 'create table kept (x integer)');
    process.kill((await postmasterPid())!, 'SIGKILL');
    await kill(owner);
    const database = await startEmbeddedDatabase(storageDir);
    expect(await query(database.url, 'select * from kept')).toEqual([]);
    await database.stop();
  });

  it('tells a second service on the same folder that there is a first', async () => {
    const database = await startEmbeddedDatabase(storageDir);
    const { owner, error } = await startOwner();
    expect(error).toContain('Another service runs on this STORAGE_DIR');
    expect(error).toContain('DATABASE_URL');
    await kill(owner);
    expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await database.stop();
  });
});
