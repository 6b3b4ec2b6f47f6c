import { afterEach, describe, expect, it } from 'vitest';
import { LearnError } from '../errors.js';
import { createCancelFlag } from './cancel-flag.js';
import { createThreadPool } from './create-thread-pool.js';
import type { SelfTest } from './self-test-kernels.js';
import type { ThreadPool } from './thread-pool.js';
import { builtModuleUrl } from './worker-thread-pool.js';

const module = new URL('./self-test-kernels.ts', import.meta.url).href;
const pools: ThreadPool[] = [];

function open(
  size: number,
  options: { cancelFlag?: ReturnType<typeof createCancelFlag>; inline?: boolean } = {},
) {
  const pool = createThreadPool({ size, ...options });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe.each([1, 2, 4])('a pool of %i', (size) => {
  it('gives results in the order of the pieces, typed arrays included', async () => {
    const results = await open(size).map<SelfTest, { piece: number; data: Float64Array }>(
      { module, name: 'numberOfPiece' },
      {},
      9,
    );
    expect(results.map((result) => result.piece)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(results.map((result) => result.data.length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(results[5]?.data).toEqual(Float64Array.of(5, 5, 5, 5, 5));
  });

  it('runs nothing for no pieces', async () => {
    expect(await open(size).map({ module, name: 'numberOfPiece' }, {}, 0)).toEqual([]);
  });

  it('keeps the code and the place of an error, and goes on working', async () => {
    const pool = open(size);
    const error = await pool.map({ module, name: 'refuseOne' }, { failAt: 2 }, 5).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LearnError);
    expect(error).toMatchObject({ code: 'not_finite', place: { row: 2, column: 'a' } });
    expect(await pool.map({ module, name: 'refuseOne' }, {}, 3)).toEqual([0, 1, 2]);
  });

  it('shows progress up to 1', async () => {
    const fractions: number[] = [];
    await open(size).map({ module, name: 'numberOfPiece' }, {}, 4, (fraction) => fractions.push(fraction));
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it('stops when the progress callback throws', async () => {
    const run = open(size).map({ module, name: 'workForever' }, {}, size, () => {
      throw new LearnError('canceled', 'The job was canceled.');
    });
    await expect(run).rejects.toMatchObject({ code: 'canceled' });
  });

  it('refuses to begin once canceled', async () => {
    const cancelFlag = createCancelFlag();
    cancelFlag.cancel();
    const run = open(size, { cancelFlag }).map({ module, name: 'workForever' }, {}, 1);
    await expect(run).rejects.toMatchObject({ code: 'canceled' });
  });
});

it('cancels a busy thread by the flag while the event loop stays free', async () => {
  const cancelFlag = createCancelFlag();
  const visited = new Int32Array(new SharedArrayBuffer(4));
  const pool = open(1, { cancelFlag, inline: false });
  const run = pool.map({ module, name: 'workForever' }, { visited }, 1, () => {
    if (Atomics.load(visited, 0) === 1) cancelFlag.cancel();
  });
  await expect(run).rejects.toMatchObject({ code: 'canceled' });
});

it('rejects when a thread dies, and replaces it', async () => {
  const pool = open(2);
  await expect(pool.map({ module, name: 'endThread' }, { failAt: 1 }, 4)).rejects.toThrow(/exit code 3/);
  expect(await pool.map({ module, name: 'endThread' }, {}, 4)).toEqual([0, 1, 2, 3]);
});

it('rejects a shared part that cannot be cloned', async () => {
  const pool = open(2);
  await expect(pool.map({ module, name: 'numberOfPiece' }, { f: () => 1 }, 2)).rejects.toThrow();
  expect(await pool.map({ module, name: 'refuseOne' }, {}, 2)).toEqual([0, 1]);
});

it('takes turns when several runs are asked for at once', async () => {
  const pool = open(2);
  const runs = [3, 1, 4].map((n) => pool.map<SelfTest, number>({ module, name: 'refuseOne' }, {}, n));
  expect(await Promise.all(runs)).toEqual([[0, 1, 2], [0], [0, 1, 2, 3]]);
});

it('rejects runs after close', async () => {
  const pool = open(2);
  await pool.close();
  await expect(pool.map({ module, name: 'refuseOne' }, {}, 1)).rejects.toThrow('closed');
});

it('refuses a pool of no threads', () => {
  expect(() => createThreadPool({ size: 0 })).toThrow(LearnError);
});

it('finds the built module of a source module', () => {
  expect(builtModuleUrl('file:///a/src/b/src/learn/x.ts')).toBe('file:///a/src/b/dist/learn/x.js');
  expect(builtModuleUrl('file:///a/dist/learn/x.js')).toBe('file:///a/dist/learn/x.js');
});
