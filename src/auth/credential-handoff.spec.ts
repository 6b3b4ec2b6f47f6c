import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AccessRequest, DataServer, type RecordInfo } from '../data-server/client/data-server.js';
import { Problem } from '../errors/problem.js';
import { CredentialHandoff } from './credential-handoff.js';

/** A data server that knows one pair of credentials and writes down what it was asked. */
class KnownCaller extends DataServer {
  readonly asked: string[] = [];
  /** What it says instead. */
  answer: Problem | undefined;

  async access(authorization: string, { kind, id, action }: AccessRequest): Promise<RecordInfo> {
    this.asked.push(`${authorization} ${kind} ${id} ${action}`);
    if (this.answer !== undefined) throw this.answer;
    if (authorization !== 'Basic YWRh') throw new Problem('forbidden', 'no');
    return { id, name: `${kind} ${id}`, ownerId: 'ada' };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const read: AccessRequest = { kind: 'dataset', id: '7', action: 'read' };

describe('CredentialHandoff', () => {
  let dataServer: KnownCaller;
  let handoff: CredentialHandoff;

  beforeEach(() => {
    vi.useFakeTimers();
    dataServer = new KnownCaller();
    handoff = new CredentialHandoff(dataServer, 5000);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('refuses without credentials, and asks nobody', async () => {
    await expect(handoff.authorize(undefined, read)).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(handoff.authorize(' ', read)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(dataServer.asked).toEqual([]);
  });

  it('hands the header on unchanged and gives back the record', async () => {
    await expect(handoff.authorize('Basic YWRh', read)).resolves.toMatchObject({ id: '7', ownerId: 'ada' });
    expect(dataServer.asked).toEqual(['Basic YWRh dataset 7 read']);
  });

  it('remembers a yes for its time and no longer', async () => {
    expect(handoff.cached('Basic YWRh', read)).toBeUndefined();
    await handoff.authorize('Basic YWRh', read);
    expect(handoff.cached('Basic YWRh', read)).toMatchObject({ id: '7' });
    vi.advanceTimersByTime(4999);
    await handoff.authorize('Basic YWRh', read);
    expect(dataServer.asked).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(handoff.cached('Basic YWRh', read)).toBeUndefined();
    await handoff.authorize('Basic YWRh', read);
    expect(dataServer.asked).toHaveLength(2);
  });

  it.each([
    ['other credentials', 'Basic Ym9i', read],
    ['another record', 'Basic YWRh', { ...read, id: '8' }],
    ['another kind', 'Basic YWRh', { ...read, kind: 'model' as const }],
    ['another action', 'Basic YWRh', { ...read, action: 'write' as const }],
  ])('takes a yes for nothing else: %s', async (_what, authorization, request) => {
    await handoff.authorize('Basic YWRh', read);
    expect(handoff.cached(authorization, request)).toBeUndefined();
  });

  it('asks again before a yes has expired, once, where it is asked for predictions', async () => {
    await handoff.authorize('Basic YWRh', read);
    vi.advanceTimersByTime(3999);
    handoff.cached('Basic YWRh', read);
    expect(dataServer.asked).toHaveLength(1);
    vi.advanceTimersByTime(1);
    for (let k = 0; k < 3; k++) expect(handoff.cached('Basic YWRh', read)).toBeDefined();
    expect(dataServer.asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(4000);
    expect(handoff.cached('Basic YWRh', read)).toBeDefined();
  });

  it('forgets a yes as soon as it has become a no, and keeps it while nobody answers', async () => {
    await handoff.authorize('Basic YWRh', read);
    vi.advanceTimersByTime(4000);
    dataServer.answer = new Problem('data_server_unavailable', 'gone');
    handoff.cached('Basic YWRh', read);
    await vi.advanceTimersByTimeAsync(900);
    expect(handoff.cached('Basic YWRh', read)).toBeDefined();
    expect(dataServer.asked).toHaveLength(2);
    dataServer.answer = undefined;
    await vi.advanceTimersByTimeAsync(100);
    await handoff.authorize('Basic YWRh', read);
    await vi.advanceTimersByTimeAsync(4000);
    dataServer.answer = new Problem('forbidden', 'no more');
    handoff.cached('Basic YWRh', read);
    await vi.advanceTimersByTimeAsync(0);
    expect(handoff.cached('Basic YWRh', read)).toBeUndefined();
  });

  it('asks once for all who want to know the same at a time', async () => {
    const records = await Promise.all([1, 2, 3].map(() => handoff.authorize('Basic YWRh', read)));
    expect(records.map(({ id }) => id)).toEqual(['7', '7', '7']);
    await handoff.authorize('Basic YWRh', { ...read, id: '8' });
    expect(dataServer.asked).toHaveLength(2);
  });

  it('never remembers a no', async () => {
    await expect(handoff.authorize('Basic Ym9i', read)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(handoff.authorize('Basic Ym9i', read)).rejects.toMatchObject({ code: 'forbidden' });
    expect(dataServer.asked).toHaveLength(2);
  });

  it('asks every time when nothing is to be remembered', async () => {
    const forgetful = new CredentialHandoff(dataServer, 0);
    await forgetful.authorize('Basic YWRh', read);
    await forgetful.authorize('Basic YWRh', read);
    expect(dataServer.asked).toHaveLength(2);
  });

  it.each(['.', '..', 'a/b', '', 'a b', 'x'.repeat(129)])('does not ask for the id %j', async (id) => {
    await expect(handoff.authorize('Basic YWRh', { ...read, id })).rejects.toMatchObject({
      code: 'dataset_not_found',
    });
    expect(dataServer.asked).toEqual([]);
  });

  it('forgets the least recently used when it is full', async () => {
    const at = (id: number): AccessRequest => ({ ...read, id: String(id) });
    for (let id = 0; id < 10_000; id++) await handoff.authorize('Basic YWRh', at(id));
    handoff.cached('Basic YWRh', at(0));
    await handoff.authorize('Basic YWRh', at(10_000));
    expect(handoff.cached('Basic YWRh', at(0))).toBeDefined();
    expect(handoff.cached('Basic YWRh', at(1))).toBeUndefined();
  });
});
