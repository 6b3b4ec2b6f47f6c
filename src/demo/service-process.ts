import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A running service: where it listens, and how to end it. */
export interface ServiceProcess {
  readonly url: string;
  readonly dataServerUrl: string;
  readonly process: ChildProcess;
  /** Asks it to stop in an orderly way and waits until it has. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;

/**
 * As `npm start` starts it. Requests leave short-lived objects behind; with the default room for them (16 MiB) a ninth of a
 * prediction's time went into moving the few that were still in use. They are moved by one thread: with
 * helpers, which find no core free on a busy machine, the slowest hundredth of the requests waited three times as long. And a heap that may grow by a tenth only, which is what the
 * engine chooses where little is allocated on it, has hardly more room than they may take: it was marked again and again while
 * large requests, whose bytes lie outside of it, were scored, on the cores that scored them.
 */
export const NODE_FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=32',
  '--no-parallel-scavenge',
  '--heap-growing-percent=200',
];
/** The service's entry beside this file. */
const OWN_ENTRY = fileURLToPath(new URL('../main.js', import.meta.url));

/** Starts the service on free ports with the given settings over the environment, and waits until it is ready. */
export async function startServiceProcess(
  settings: Readonly<Record<string, string>>,
  entry = OWN_ENTRY,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [...NODE_FLAGS, entry], {
    env: { ...process.env, PORT: '0', EMBEDDED_DATA_SERVER_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await waitForReadyLine(child);
  return {
    ...ready,
    process: child,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The service logs JSON lines; the one whose message is "ready" names the addresses. */
function waitForReadyLine(child: ChildProcess): Promise<{ url: string; dataServerUrl: string }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the service was not ready after ${START_TIMEOUT_MS} ms`));
    }, START_TIMEOUT_MS);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the service ended with code ${code} before it was ready`));
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      const entry = parseLogLine(line);
      if (entry?.['msg'] !== 'ready') return;
      clearTimeout(timer);
      // Nobody reads what follows, but the pipe must not fill up.
      lines.close();
      child.stdout?.resume();
      resolve({ url: String(entry['url']), dataServerUrl: String(entry['dataServerUrl']) });
    });
  });
}

function parseLogLine(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
