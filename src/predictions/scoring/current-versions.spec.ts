import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../database/database.js';
import type { ModelVersion } from '../../models/model-types.js';
import type { ModelsService } from '../../models/models.service.js';
import { CurrentVersions } from './current-versions.js';

/** What the database says; it takes 10 ms for it, and what it says is of the moment of the question. */
const ANSWER_MS = 10;
let current: number;
let isGone: boolean;
let nAsked: number;

const models = {
  getChosen: (modelId: string) => {
    nAsked++;
    const answer = { modelId, version: current } as ModelVersion;
    const fails = isGone;
    return new Promise((resolve, reject) => {
      setTimeout(() => (fails ? reject(new Error('no database')) : resolve(answer)), ANSWER_MS);
    });
  },
} as unknown as ModelsService;

describe('the current version of a model', () => {
  let versions: CurrentVersions;
  const answered = () => vi.advanceTimersByTimeAsync(ANSWER_MS);
  const known = () => versions.peek('m')?.version;
  const ask = async () => {
    const asked = versions.get('m');
    await answered();
    return (await asked).version;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    [current, isGone, nAsked] = [1, false, 0];
    versions = new CurrentVersions({} as Database, models);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is asked for once by all who come before the answer', async () => {
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    expect(nAsked).toBe(1);
    expect(known()).toBe(1);
  });

  it('is asked for again while it holds, once, so that nobody waits', async () => {
    await ask();
    await vi.advanceTimersByTimeAsync(499);
    known();
    expect(nAsked).toBe(1);
    current = 2;
    await vi.advanceTimersByTimeAsync(1);
    expect([known(), known()]).toEqual([1, 1]);
    await answered();
    expect([known(), nAsked]).toEqual([2, 2]);
    await vi.advanceTimersByTimeAsync(999);
    expect(known()).toBe(2);
  });

  it('holds for a second at most where nobody answers', async () => {
    await ask();
    isGone = true;
    await vi.advanceTimersByTimeAsync(600);
    expect(known()).toBe(1);
    await vi.advanceTimersByTimeAsync(399);
    expect(known()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect([known(), nAsked]).toEqual([undefined, 2]);
    isGone = false;
    expect(await ask()).toBe(1);
  });

  it('is not taken from an answer that was on its way when it changed', async () => {
    const before = versions.get('m');
    versions.forget('m');
    current = 2;
    const after = versions.get('m');
    await answered();
    expect([(await before).version, (await after).version, known(), nAsked]).toEqual([1, 2, 2, 2]);
  });
});
