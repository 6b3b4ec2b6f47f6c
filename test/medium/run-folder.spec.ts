import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { findPostmaster } from '../../src/database/embedded/postmaster.js';
import { makeRunFolder, removeLeftovers } from '../support/run-folder.js';

const OWNER = fileURLToPath(new URL('../fixtures/embedded-database-owner.mjs', import.meta.url));

it('removes the folder and the databases of a run that was killed, and nothing of one that lives', async () => {
  const parent = await mkdtemp(join(inject('runFolder'), 'leftovers-'));
  const run = spawn('sleep', ['600'], { stdio: 'ignore' });
  const killed = await makeRunFolder(parent, run.pid);
  const living = await makeRunFolder(parent);
  const storageDir = await mkdtemp(join(killed, 'storage-'));
  const owner = fork(OWNER, [storageDir]);
  await once(owner, 'message');
  expect(await findPostmaster(join(storageDir, 'database'))).toBeDefined();
  expect(await removeLeftovers(parent)).toEqual([]);

  const ended = [run, owner].map((child) => once(child, 'exit'));
  for (const child of [run, owner]) child.kill('SIGKILL');
  await Promise.all(ended);
  const { port } = (await findPostmaster(join(storageDir, 'database')))!;
  expect(await removeLeftovers(parent)).toEqual([killed]);
  expect(await readdir(parent)).toEqual([basename(living)]);
  // Its port, not its process: one that nobody has waited for yet is still in the table of processes.
  const [refused] = await once(connect(port, '127.0.0.1'), 'error').catch((error: unknown) => [error]);
  expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
});
