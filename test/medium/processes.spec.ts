import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { IngestInput } from '../../src/datasets/ingest/ingest-types.js';
import { type RunTaskOptions, runTask } from '../../src/processes/run-task.js';
import {
  TaskCanceled,
  TaskFailed,
  TaskLost,
  TaskOutOfMemory,
  TaskTimedOut,
} from '../../src/processes/task-errors.js';

const ENTRY = fileURLToPath(new URL('../fixtures/tasks/scripted.mjs', import.meta.url));

/** Runs the scripted task, which understands other input than the task whose place it takes. */
function act(
  input: { act: string; value?: string; exitCode?: number },
  options: Partial<RunTaskOptions> = {},
) {
  return runTask('ingest', input as unknown as IngestInput, {
    timeoutMs: 30_000,
    memoryMb: 1024,
    entryPath: ENTRY,
    ...options,
  }).catch((error: unknown) => error);
}

/** Calls back at the task's first progress, with its process id. */
function onFirstProgress(action: (pid: number) => void): Partial<RunTaskOptions> {
  let pid = 0;
  return {
    onSpawn: (spawned) => {
      pid = spawned;
    },
    onProgress: () => action(pid),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a task in a process of its own', () => {
  it('gives back its result and tells its progress, and knows no setting of ours', async () => {
    process.env['DATABASE_URL'] ??= 'postgres://localhost/never-used';
    const steps: [string, number][] = [];
    const output = await act({ act: 'echo', value: 'x' }, { onProgress: (...step) => steps.push(step) });
    expect(output).toEqual({ echoed: 'x', hasDatabaseUrl: false });
    expect(steps).toEqual([
      ['half', 0.5],
      ['half', 1],
    ]);
  });

  it('keeps the code, sentence and places of an error across the border', async () => {
    const error = await act({ act: 'problem' });
    expect(error).toBeInstanceOf(TaskFailed);
    expect(error).toMatchObject({
      code: 'dataset_unreadable',
      detail: 'Line 3 is not closed.',
      errors: [{ code: 'quote', message: 'open', line: 3 }],
    });
    expect(await act({ act: 'learnError' })).toMatchObject({
      code: 'unknown_column',
      errors: [{ column: 'age' }],
    });
    expect(await act({ act: 'diskFull' })).toMatchObject({ code: 'storage_full' });
  });

  it('lets nothing of an unexpected error out', async () => {
    const error = await act({ act: 'defect', value: 'secret-value' });
    expect(error).toMatchObject({ name: 'TaskFailed', code: 'internal_error' });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret-value');
  });

  it('tells a process that was killed from one that failed', async () => {
    const killed = await act(
      { act: 'wait' },
      onFirstProgress((pid) => process.kill(pid, 'SIGKILL')),
    );
    expect(killed).toBeInstanceOf(TaskLost);
    expect(killed).toMatchObject({ signal: 'SIGKILL' });
    expect(await act({ act: 'exit', exitCode: 3 })).toMatchObject({ name: 'TaskLost', exitCode: 3 });
  });

  it('ends a task at its deadline, however busy', async () => {
    const error = await act({ act: 'busy' }, { timeoutMs: 1_000 });
    expect(error).toBeInstanceOf(TaskTimedOut);
  });

  it('ends a task that takes more memory than it may, typed arrays included', async () => {
    const error = await act({ act: 'fill' }, { memoryMb: 192 });
    expect(error).toBeInstanceOf(TaskOutOfMemory);
  });

  it.each(['wait', 'waitForCancel', 'busy'])('cancels a task that does "%s"', async (name) => {
    const controller = new AbortController();
    let pid = 0;
    let abortedAt = 0;
    const error = await act(
      { act: name },
      {
        signal: controller.signal,
        ...onFirstProgress((running) => {
          pid = running;
          abortedAt = performance.now();
          controller.abort();
        }),
      },
    );
    expect(error).toBeInstanceOf(TaskCanceled);
    expect(isAlive(pid)).toBe(false);
    expect(performance.now() - abortedAt).toBeLessThan(5_000);
  });

  it('starts nothing when it is canceled already', async () => {
    const spawned: number[] = [];
    const error = await act(
      { act: 'echo' },
      { signal: AbortSignal.abort(), onSpawn: (pid) => spawned.push(pid) },
    );
    expect(error).toBeInstanceOf(TaskCanceled);
    expect(spawned).toEqual([]);
  });
});
