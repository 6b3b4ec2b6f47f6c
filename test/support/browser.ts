import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const BROWSERS = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

const browserPath = (): string | undefined => BROWSERS.find((path) => path !== undefined && existsSync(path));

/**
 * Whether a page can be opened here. Where there is no browser, tests leave that step out and say so; with
 * REQUIRE_BROWSER=1, as in CI, they fail.
 */
export function hasBrowser(): boolean {
  if (browserPath() !== undefined || process.env['REQUIRE_BROWSER'] === '1') return true;
  process.stderr.write(
    'no browser: what happens in one is not tested; install chromium, or name one in CHROMIUM\n',
  );
  return false;
}

/** A file that the page may ask for. */
export interface PageFile {
  readonly type: string;
  readonly content: Uint8Array | string;
}

/**
 * Opens a page in a real browser and waits for what it posts to `/result`: the page is served from this machine
 * with the files that are given, and nothing else.
 * @param files by path; `/` is the page
 */
export async function resultOfPage(files: Readonly<Record<string, PageFile>>): Promise<unknown> {
  const browser = browserPath();
  if (browser === undefined) throw new Error('no browser: install chromium, or name one in CHROMIUM');
  const profile = await mkdtemp(join(tmpdir(), 'trainyard-test-browser-'));
  let settle!: (result: unknown) => void;
  const result = new Promise<unknown>((resolve) => {
    settle = resolve;
  });
  const server = createServer((request, response) => void answer(files, request, response, settle));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const page = `http://127.0.0.1:${port}/`;
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const child = spawn(browser, [...options, `--user-data-dir=${profile}`, page], {
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    return await Promise.race([
      result,
      ended.then(() => Promise.reject(new Error('the browser ended before its page had a result'))),
    ]);
  } finally {
    // Its helpers are processes of the same group.
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function answer(
  files: Readonly<Record<string, PageFile>>,
  request: IncomingMessage,
  response: ServerResponse,
  settle: (result: unknown) => void,
): Promise<void> {
  const path = request.url ?? '/';
  if (request.method === 'POST' && path === '/result') {
    settle(JSON.parse(await text(request)));
    response.end();
    return;
  }
  const file = files[path];
  response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.type ?? 'text/plain' });
  response.end(file?.content);
}
