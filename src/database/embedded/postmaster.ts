import { execFile, spawn } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EmbeddedDatabaseError, USE_ANOTHER_DATABASE } from './embedded-database-error.js';
import type { DatabaseUser } from './unprivileged-user.js';

const execFileAsync = promisify(execFile);
const POLL_MS = 10;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** A running PostgreSQL server. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** The server that runs on the data folder, whoever started it; undefined when there is none. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const first = await readPidFile(dataDir);
  if (!first) return undefined;
  // It may be starting, or about to end: wait for the one or the other.
  while (await isPostgres(first.pid)) {
    const found = await readPidFile(dataDir);
    if (found?.pid === first.pid && found.isReady) return { pid: found.pid, port: found.port };
    await delay(POLL_MS);
  }
  // Left by a crash of the whole machine. PostgreSQL would refuse to start if the number is now somebody else's.
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
  return undefined;
}

/**
 * Starts the server on a free port of the loopback interface, in a session of its own: Ctrl-C in our terminal must not
 * end it before we have finished with it. Resolves when it takes connections.
 */
export async function startPostmaster(
  postgres: string,
  dataDir: string,
  logFile: string,
  user: DatabaseUser,
): Promise<Postmaster> {
  const port = await freePort();
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    // The log must not hold what callers sent: neither statements nor the rows that an error is about.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    // Enough for our tables; the data lies in the object store.
    shared_buffers: '64MB',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...commandArguments] = [...user.launcher, postgres, '-D', dataDir, ...options];
  const log = await open(logFile, 'w', 0o600);
  try {
    const child = spawn(command!, commandArguments, {
      ...(user.launcher.length === 0 ? user.ids : {}),
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    });
    const ended = new Promise<never>((_resolve, reject) => {
      const fail = () => void startFailure(logFile).then(reject);
      child.once('error', fail);
      child.once('exit', fail);
    });
    // After the start its end is noticed by the connections.
    ended.catch(() => undefined);
    child.unref();
    return await Promise.race([waitUntilReady(dataDir, child.pid), ended]);
  } finally {
    await log.close();
  }
}

/** Ends the server in an orderly way: sessions are closed, the data is written. Resolves when its process is gone. */
export async function stopPostmaster({ pid }: Postmaster): Promise<void> {
  signal(pid, 'SIGINT');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (await isPostgres(pid)) {
    if (performance.now() > deadline) {
      signal(pid, 'SIGQUIT');
      return;
    }
    await delay(POLL_MS);
  }
}

async function waitUntilReady(dataDir: string, pid: number | undefined): Promise<Postmaster> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const found = await readPidFile(dataDir);
    if (found?.pid === pid && found?.isReady) return { pid: found.pid, port: found.port };
    await delay(POLL_MS);
  }
  throw new EmbeddedDatabaseError(`The embedded PostgreSQL does not get ready. ${USE_ANOTHER_DATABASE}`);
}

/** postmaster.pid: process id, data folder, start time, port, socket folder, address, shared memory, state. */
async function readPidFile(dataDir: string) {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const lines = text?.split('\n');
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
}

async function isPostgres(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return /(^|\/)postgres\0/.test(command);
  }
  const found = await execFileAsync('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  return /(^|\/)postgres\s/.test(found?.stdout ?? '');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

async function startFailure(logFile: string): Promise<EmbeddedDatabaseError> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const reason =
    log.match(/(?:FATAL|ERROR|error while loading shared libraries):.*/)?.[0] ?? 'it gave no reason';
  return new EmbeddedDatabaseError(
    `The embedded PostgreSQL did not start: ${reason}. ${USE_ANOTHER_DATABASE}`,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
