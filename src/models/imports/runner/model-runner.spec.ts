import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ForeignModel } from '../foreign-model.js';
import { importModel } from '../process/import-task.js';
import { unary } from '../testing/toy-onnx.js';
import { ModelRunner } from './model-runner.js';

const LIMITS = { memoryMb: 1024, timeoutMs: 30_000, maxBytes: 1_000_000 };
const MAX_WAITING = 64;

describe('the process of an imported model', () => {
  let folder: string;
  let path: string;
  let model: ForeignModel;
  let runner: ModelRunner;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-runner-'));
    path = join(folder, 'model');
    await writeFile(path, unary('Neg'));
    model = await importModel({ path, format: 'onnx', choices: {}, maxBytes: LIMITS.maxBytes });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(() => {
    vi.useRealTimers();
    runner.retire();
  });
  const ask = (x: number) => runner.run(1, [Float64Array.of(x)]);

  it('answers in turn, and sends callers away beyond the line before it', async () => {
    runner = new ModelRunner(path, model, LIMITS);
    // The first is taken out of the line at once.
    const asked = Array.from({ length: MAX_WAITING + 1 }, (_, i) => ask(i));
    await expect(ask(0)).rejects.toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 1 });
    expect((await Promise.all(asked)).map(([y]) => y)).toEqual(asked.map((_, i) => -i));
    expect([...(await ask(3))]).toEqual([-3]);
  });

  it('is ended when nobody has asked for five minutes, and started again by the next', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    runner = new ModelRunner(path, model, LIMITS);
    await ask(1);
    const first = runner.pid!;
    vi.advanceTimersByTime(4 * 60_000);
    await ask(2);
    vi.advanceTimersByTime(4 * 60_000);
    expect(runner.pid).toBe(first);
    vi.advanceTimersByTime(60_000);
    expect(runner.pid).toBeUndefined();
    await vi.waitFor(() => expect(isAlive(first)).toBe(false));
    expect([...(await ask(3))]).toEqual([-3]);
    expect(runner.pid).not.toBe(first);
  });

  it('answers what waits before it goes with its model', async () => {
    runner = new ModelRunner(path, model, LIMITS);
    const asked = [ask(1), ask(2)];
    runner.retire();
    expect((await Promise.all(asked)).map(([y]) => y)).toEqual([-1, -2]);
    await vi.waitFor(() => expect(runner.pid).toBeUndefined());
  });

  it('refuses a model that gives other numbers than when it came', async () => {
    const [first, ...others] = model.golden.outputs;
    const outputs = [first!.map((value) => value + 0.01), ...others];
    runner = new ModelRunner(path, { ...model, golden: { ...model.golden, outputs } }, LIMITS);
    await expect(runner.replay()).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
