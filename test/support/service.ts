import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import { createTestDatabase } from './database.js';

/** The service as a process of its own, as an operator would run it. */
export interface RunningService {
  readonly url: string;
  readonly dataServerUrl: string;
  readonly serviceToken: string;
  readonly callbackSecret: string;
  readonly pid: number;
  readonly storageDir: string;
  readonly databaseUrl: string;
  /** What it has logged so far, one JSON line each. */
  readonly logs: readonly string[];
  /** Ends it in an orderly way and removes its files and its database. */
  stop(): Promise<void>;
  /** Ends it in an orderly way; files and database stay until `stop`. */
  end(): Promise<void>;
  /** SIGKILL; files and database stay, so that another process can go on with them, until `stop`. */
  kill(): Promise<void>;
}

const ENTRY = new URL('../../dist/main.js', import.meta.url).pathname;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Starts `dist/main.js` on free ports with a fresh storage folder and a fresh database; `env` adds to the environment
 * or replaces a part of it (STORAGE_DIR and DATABASE_URL of a killed service, for instance). Undefined takes away.
 */
export async function startService(
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<RunningService> {
  const storageDir = env['STORAGE_DIR'] ?? (await mkdtemp(join(inject('runFolder'), 'storage-')));
  const database = 'DATABASE_URL' in env ? undefined : await createTestDatabase({ migrated: false });
  const settings: Record<string, string | undefined> = {
    PORT: '0',
    EMBEDDED_DATA_SERVER_PORT: '0',
    STORAGE_DIR: storageDir,
    DATABASE_URL: database?.url,
    SERVICE_TOKENS: randomBytes(32).toString('hex'),
    CALLBACK_SECRETS: `whsec_${randomBytes(32).toString('base64')}`,
    ...env,
  };
  const cleanUp = async () => {
    await rm(storageDir, { recursive: true, force: true });
    await database?.drop();
  };
  const child = spawn(process.execPath, ['--enable-source-maps', ENTRY], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logs: string[] = [];
  try {
    const ready = await readyLine(child, logs);
    return {
      ...ready,
      serviceToken: settings['SERVICE_TOKENS']?.split(',')[0] ?? '',
      callbackSecret: settings['CALLBACK_SECRETS']?.split(',')[0] ?? '',
      pid: child.pid!,
      storageDir,
      databaseUrl: settings['DATABASE_URL'] ?? '',
      logs,
      stop: async () => {
        await end(child, 'SIGTERM');
        await cleanUp();
      },
      end: () => end(child, 'SIGTERM'),
      kill: () => end(child, 'SIGKILL'),
    };
  } catch (error) {
    await end(child, 'SIGKILL');
    await cleanUp();
    throw error;
  }
}

function readyLine(child: ChildProcess, logs: string[]): Promise<{ url: string; dataServerUrl: string }> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`${reason}\n${logs.join('\n')}`));
    const timer = setTimeout(() => fail('the service did not become ready'), START_TIMEOUT_MS);
    child.once('exit', (code) => fail(`the service ended with ${code}`));
    child.once('error', reject);
    createInterface({ input: child.stderr! }).on('line', (line) => logs.push(line));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      logs.push(line);
      const entry = parse(line);
      if (entry?.['msg'] !== 'ready') return;
      clearTimeout(timer);
      resolve({ url: String(entry['url']), dataServerUrl: String(entry['dataServerUrl']) });
    });
  });
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
