import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import { TrainingQueue } from '../../src/training/training-queue.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

function openQueue(): TrainingQueue {
  return new TrainingQueue(loadSettings({ DATABASE_URL: database.url }));
}

/** Resolves with the ids in the order in which they were run, once there are `wanted`. */
function collect(wanted: number) {
  const ids: string[] = [];
  let resolve: (ids: string[]) => void;
  const all = new Promise<string[]>((done) => {
    resolve = done;
  });
  return {
    all,
    add: (id: string) => {
      if (ids.push(id) === wanted) resolve(ids);
    },
  };
}

describe('TrainingQueue', () => {
  it('hands over what was queued before there was a worker, once however often it was queued', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const producer = openQueue();
    await producer.enqueue(first);
    await producer.enqueue(first);
    await producer.enqueue(second);
    expect(await producer.holds(first)).toBe(true);
    await producer.close();

    const worker = openQueue();
    const seen = collect(2);
    await worker.work(1, async (id) => seen.add(id));
    expect(await seen.all).toEqual([first, second]);
    await worker.close();
  });

  it('runs a training again that its own handler has put back', async () => {
    const id = randomUUID();
    const queue = openQueue();
    const seen = collect(2);
    let nRuns = 0;
    await queue.work(1, async (running) => {
      nRuns++;
      if (nRuns === 1) await queue.enqueue(running, 10);
      seen.add(running);
    });
    await queue.enqueue(id);
    expect(await seen.all).toEqual([id, id]);
    await queue.close();
    const after = openQueue();
    expect(await after.holds(id)).toBe(false);
    await after.close();
  });

  it('goes on after a handler that throws, and tells handlers when it closes', async () => {
    const [bad, good] = [randomUUID(), randomUUID()];
    const queue = openQueue();
    let started: () => void;
    const isRunning = new Promise<void>((resolve) => {
      started = resolve;
    });
    const ended: string[] = [];
    await queue.work(1, async (id, signal) => {
      if (id === bad) throw new Error('a defect');
      started();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended.push(id);
    });
    await queue.enqueue(bad);
    await queue.enqueue(good);
    await isRunning;
    await queue.close();
    expect(ended).toEqual([good]);
  });
});
