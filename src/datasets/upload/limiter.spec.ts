import { describe, expect, it } from 'vitest';
import { Limiter } from './limiter.js';

/** Work that ends when it is told to. */
function job(started: string[], name: string) {
  let end!: () => void;
  let fail!: (error: Error) => void;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const work = () => {
    started.push(name);
    return ended;
  };
  return { work, end, fail };
}

describe('Limiter', () => {
  it('runs so many at once, and the others in the order they came', async () => {
    const limiter = new Limiter(2);
    const started: string[] = [];
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => job(started, name)) as [
      ReturnType<typeof job>,
      ReturnType<typeof job>,
      ReturnType<typeof job>,
      ReturnType<typeof job>,
    ];
    const runs = [a, b, c, d].map(({ work }) => limiter.run(work));
    await Promise.resolve();
    expect(started).toEqual(['a', 'b']);
    b.end();
    await runs[1];
    await expect.poll(() => started).toEqual(['a', 'b', 'c']);
    a.end();
    await runs[0];
    await expect.poll(() => started).toEqual(['a', 'b', 'c', 'd']);
    c.end();
    d.end();
    await Promise.all(runs);
  });

  it('gives the place of failed work to the next', async () => {
    const limiter = new Limiter(1);
    const failing = limiter.run(() => Promise.reject(new Error('no')));
    const next = limiter.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
    await expect(limiter.run(() => Promise.resolve('again'))).resolves.toBe('again');
  });
});
