import { describe, expect, it } from 'vitest';
import { Random } from '../../learn/random.js';
import { ModelCache } from './model-cache.js';

const key = (modelId: string, version = 1, sha256 = 'aa') => ({ modelId, version, sha256 });
const model = (name: string, nBytes: number) => ({ name, nBytes });

describe('the cache of models', () => {
  it('stays within its budget and lets the least recently used go', async () => {
    const cache = new ModelCache<{ name: string; nBytes: number }>(100);
    await cache.get(key('a'), async () => model('a', 40));
    await cache.get(key('b'), async () => model('b', 40));
    expect(cache.peek(key('a'))?.name).toBe('a');
    await cache.get(key('c'), async () => model('c', 40));
    expect(cache.totalBytes).toBe(80);
    expect([cache.peek(key('a'))?.name, cache.peek(key('b')), cache.peek(key('c'))?.name]).toEqual([
      'a',
      undefined,
      'c',
    ]);
  });

  it('never gives one model for another', async () => {
    const cache = new ModelCache<{ name: string; nBytes: number }>(1000);
    const keys = [key('m'), key('m', 2), key('m', 1, 'bb'), key('1:aa:m'), key('n')];
    for (const [i, one] of keys.entries()) await cache.get(one, async () => model(String(i), 1));
    expect(keys.map((one) => cache.peek(one)?.name)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('never gives one model for another while they push each other out', async () => {
    const cache = new ModelCache<{ name: string; nBytes: number }>(100);
    const keys = ['a', 'b', 'c', 'd', 'e'].map((id) => key(id));
    const random = new Random(1);
    let nLoads = 0;
    await Promise.all(
      Array.from({ length: 300 }, async (_, turn) => {
        for (let waited = 0; waited < turn % 7; waited++) await undefined;
        const one = keys[random.below(keys.length)]!;
        const load = async () => {
          nLoads++;
          await undefined;
          return model(one.modelId, 45);
        };
        expect((await cache.get(one, load)).name).toBe(one.modelId);
        for (const each of keys) expect([undefined, each.modelId]).toContain(cache.peek(each)?.name);
      }),
    );
    expect(nLoads).toBeGreaterThan(keys.length);
    expect(cache.totalBytes).toBe(90);
  });

  it('loads a model once for all who ask at the same time', async () => {
    const cache = new ModelCache<{ name: string; nBytes: number }>(1000);
    let nLoads = 0;
    const load = async () => model(String(++nLoads), 1);
    const all = await Promise.all([
      cache.get(key('a'), load),
      cache.get(key('a'), load),
      cache.get(key('a'), load),
    ]);
    expect(all.map(({ name }) => name)).toEqual(['1', '1', '1']);
  });

  it('knows whether any version of a model is there', async () => {
    const cache = new ModelCache<{ name: string; nBytes: number }>(100);
    const loading = cache.get(key('a'), async () => model('a', 60));
    expect(cache.holdsAny('a')).toBe(false);
    await loading;
    expect([cache.holdsAny('a'), cache.holdsAny('aa'), cache.holdsAny('b')]).toEqual([true, false, false]);
    await cache.get(key('b'), async () => model('b', 60));
    expect([cache.holdsAny('a'), cache.holdsAny('b')]).toEqual([false, true]);
  });

  it('does not remember a load that failed', async () => {
    const cache = new ModelCache<{ name: string; nBytes: number }>(1000);
    await expect(cache.get(key('a'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect((await cache.get(key('a'), async () => model('a', 1))).name).toBe('a');
  });

  it('serves a model that is larger than the budget, and does not keep it', async () => {
    const cache = new ModelCache<{ name: string; nBytes: number }>(10);
    expect((await cache.get(key('a'), async () => model('a', 11))).name).toBe('a');
    expect(cache.peek(key('a'))).toBeUndefined();
    expect(cache.totalBytes).toBe(0);
  });
});
