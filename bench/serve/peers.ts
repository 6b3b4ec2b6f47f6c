import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CENSUS } from '../support/service.js';
import { treePids } from './process-tree.js';
import { PEERS_DIR, venvOf } from './python-venv.js';
import type { Side } from './sides.js';

type Row = Readonly<Record<string, unknown>>;

interface Peer {
  readonly name: string;
  readonly venv: 'peers' | 'mlflow';
  readonly path: string;
  readonly body: (row: Row) => object;
  /** Command in the venv's bin folder and its arguments. */
  readonly command: (port: number, folder: string) => readonly [string, ...string[]];
}

/** One process each, as ours. */
export const PEERS: readonly Peer[] = [
  {
    name: 'Flask + scikit-learn, gunicorn',
    venv: 'peers',
    path: '/predict',
    body: (row) => ({ rows: [row] }),
    command: (port) => [
      'gunicorn',
      '-w',
      '1',
      '-k',
      'gthread',
      '--threads',
      '4',
      '-b',
      `127.0.0.1:${port}`,
      'flask_app:app',
    ],
  },
  {
    name: 'MLServer',
    venv: 'peers',
    path: '/v2/models/forest/infer',
    body: inferenceRequest,
    command: (port, folder) => {
      writeFileSync(
        join(folder, 'settings.json'),
        JSON.stringify({
          host: '127.0.0.1',
          http_port: port,
          grpc_port: port + 1,
          metrics_port: port + 2,
          parallel_workers: 0,
        }),
      );
      return ['mlserver', 'start', folder];
    },
  },
  {
    name: 'MLflow',
    venv: 'mlflow',
    path: '/invocations',
    body: (row) => ({ dataframe_records: [row] }),
    command: (port, folder) => [
      'mlflow',
      'models',
      'serve',
      '-m',
      join(folder, 'mlflow'),
      '--env-manager',
      'local',
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-w',
      '1',
    ],
  },
  {
    name: 'BentoML',
    venv: 'peers',
    path: '/predict',
    body: (row) => ({ rows: [row] }),
    command: (port) => [
      'bentoml',
      'serve',
      'bento_service:Forest',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
  },
];

const START_MS = 60_000;
const POLL_MS = 250;

/** Trains the peer's forest where that was not done, starts it and waits for its first right answer. Throws with the reason. */
export async function startPeer(peer: Peer, folder: string, row: Row): Promise<Side> {
  const bin = venvOf(peer.venv);
  execFileSync(join(bin, 'python'), [join(PEERS_DIR, 'train_forest.py'), CENSUS, folder, peer.venv], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await freePort();
  const [program, ...args] = peer.command(port, folder);
  const child = spawn(join(bin, program), args, {
    cwd: PEERS_DIR,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH']}`,
      FOREST: join(folder, 'forest.joblib'),
      PYTHONDONTWRITEBYTECODE: '1',
      BENTOML_HOME: folder,
      BENTOML_DO_NOT_TRACK: 'true',
      OMP_NUM_THREADS: '1',
    },
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-400);
  });
  const side: Side = {
    name: peer.name,
    pid: child.pid as number,
    url: `http://127.0.0.1:${port}${peer.path}`,
    body: JSON.stringify(peer.body(row)),
    headers: {},
    stop: () => stopTree(child),
  };
  try {
    await firstAnswer(side, child);
    return side;
  } catch (error) {
    await side.stop();
    throw new Error(`${(error as Error).message}: ${said.trim().split('\n').at(-1) ?? ''}`);
  }
}

async function firstAnswer({ url, body }: Side, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_MS;
  let last = 'no answer';
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`);
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    }).catch(() => undefined);
    if (response?.ok) return;
    if (response !== undefined) last = `answers ${response.status}`;
    await delay(POLL_MS);
  }
  throw new Error(last);
}

/** One that has just ended by itself is no matter. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}

/** These start processes of their own, some in groups of their own, which outlive them otherwise. */
async function stopTree(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  for (const pid of treePids(child.pid as number)) kill(pid);
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** One tensor a column, as both servers of this protocol read a table. */
export function inferenceRequest(row: Row): object {
  return {
    parameters: { content_type: 'pd' },
    inputs: Object.entries(row).map(([name, value]) =>
      typeof value === 'number'
        ? { name, shape: [1, 1], datatype: 'INT64', data: [value] }
        : { name, shape: [1, 1], datatype: 'BYTES', data: [value], parameters: { content_type: 'str' } },
    ),
  };
}
