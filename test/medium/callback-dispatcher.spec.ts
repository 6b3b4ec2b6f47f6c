import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallbackDispatcher } from '../../src/callbacks/callback-dispatcher.js';
import { CallbackSender } from '../../src/callbacks/callback-sender.js';
import { CallbacksRepository } from '../../src/callbacks/callbacks.repository.js';
import { CallbacksService } from '../../src/callbacks/callbacks.service.js';
import { Clock } from '../../src/callbacks/clock.js';
import { generateSecret, verify } from '../../src/callbacks/signature.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

class SetClock extends Clock {
  ms = Date.parse('2026-01-01T00:00:00Z');
  now(): Date {
    return new Date(this.ms);
  }
  random(): number {
    return 0;
  }
}

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly url: string;
}

const SECRETS = [generateSecret(), generateSecret()];
const TIMEOUT_MS = 300;

// Failures are what is tested; telling of each would bury a real one.
Logger.overrideLogger(false);

describe('CallbackDispatcher', () => {
  let database: TestDatabase;
  let receiver: Server;
  let clock: SetClock;
  let callbacks: CallbacksService;
  let dispatcher: CallbackDispatcher;
  let received: Received[];
  let answer: (response: ServerResponse, nth: number) => void;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      received.push({ headers: request.headers, body, url: request.url ?? '' });
      answer(response, received.length);
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
    await database.drop();
  });

  beforeEach(async () => {
    await database.db.execute('delete from callback_deliveries');
    received = [];
    clock = new SetClock();
    answer = (response) => response.end();
    callbacks = new CallbacksService(new CallbacksRepository(database.db), database.db, clock);
    dispatcher = newDispatcher();
  });

  afterEach(() => dispatcher.stop());

  function newDispatcher(): CallbackDispatcher {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/callbacks/trainyard`;
    const sender = new CallbackSender({ url, secrets: SECRETS }, TIMEOUT_MS);
    const repository = new CallbacksRepository(database.db);
    return new CallbackDispatcher(database.db, repository, sender, clock, TIMEOUT_MS);
  }

  function enqueue(): Promise<string> {
    const event = { type: 'training.succeeded', subject: 't1', data: { trainingId: 't1' } };
    return database.db.transaction((client) => callbacks.enqueue(client, event));
  }

  it('sends a signed body that any of the secrets verifies', async () => {
    const id = await enqueue();
    expect(await dispatcher.drain()).toBe(1);
    const [{ headers, body }] = received as [Received];
    expect(headers['webhook-id']).toBe(id);
    expect(JSON.parse(body)).toEqual({
      type: 'training.succeeded',
      timestamp: clock.now().toISOString(),
      data: { trainingId: 't1' },
    });
    for (const secret of SECRETS) {
      expect(verify([secret], headers, body, { nowSeconds: clock.ms / 1000 })).toBeUndefined();
    }
    const delivery = await callbacks.get(id);
    expect(delivery).toMatchObject({
      status: 'delivered',
      attempts: 1,
      lastStatus: 200,
      nextAttemptAt: null,
    });
    expect(await dispatcher.drain()).toBe(0);
  });

  it('sends nothing for a transaction that is rolled back', async () => {
    const undone = database.db.transaction(async (client) => {
      await callbacks.enqueue(client, { type: 'training.failed', subject: 't1', data: {} });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await dispatcher.drain()).toBe(0);
  });

  it('retries after a 500, no earlier than the schedule says, with the same id', async () => {
    answer = (response, nth) => {
      response.statusCode = nth === 1 ? 500 : 204;
      response.end();
    };
    const id = await enqueue();
    await dispatcher.drain();
    clock.ms += 4_999;
    expect(await dispatcher.drain()).toBe(0);
    clock.ms += 1;
    expect(await dispatcher.drain()).toBe(1);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
    expect(received[1]?.headers['webhook-timestamp']).toBe(String(clock.ms / 1000));
    const { status, log } = await callbacks.get(id);
    expect(status).toBe('delivered');
    expect(log.map((attempt) => attempt.status)).toEqual([500, 204]);
  });

  it('waits for as long as Retry-After asks', async () => {
    answer = (response) => response.writeHead(429, { 'Retry-After': '60' }).end();
    await enqueue();
    await dispatcher.drain();
    clock.ms += 59_999;
    expect(await dispatcher.drain()).toBe(0);
    clock.ms += 1;
    expect(await dispatcher.drain()).toBe(1);
  });

  it('gives up after ten attempts', async () => {
    answer = (response) => response.writeHead(503).end();
    const id = await enqueue();
    let nSent = 0;
    for (let day = 0; day < 15; day++, clock.ms += 86_400_000) nSent += await dispatcher.drain();
    expect(nSent).toBe(10);
    expect(await callbacks.get(id)).toMatchObject({ status: 'failed', attempts: 10, lastStatus: 503 });
  });

  it('stops at once at 410', async () => {
    answer = (response) => response.writeHead(410).end();
    const id = await enqueue();
    await dispatcher.drain();
    expect(await callbacks.get(id)).toMatchObject({ status: 'failed', attempts: 1, nextAttemptAt: null });
  });

  it('takes a redirect for a failure and does not follow it', async () => {
    answer = (response) => response.writeHead(307, { Location: '/elsewhere' }).end();
    const id = await enqueue();
    await dispatcher.drain();
    expect(received.map(({ url }) => url)).toEqual(['/callbacks/trainyard']);
    expect(await callbacks.get(id)).toMatchObject({ status: 'pending', lastStatus: 307 });
  });

  it('ends an exchange that takes too long, silent or endless', async () => {
    answer = (response, nth) => {
      if (nth === 2) response.writeHead(500).write('x');
    };
    const id = await enqueue();
    await dispatcher.drain();
    expect(await callbacks.get(id)).toMatchObject({
      status: 'pending',
      lastError: `no answer within ${TIMEOUT_MS} ms`,
    });
    clock.ms += 5_000;
    await dispatcher.drain();
    expect(await callbacks.get(id)).toMatchObject({ status: 'pending', attempts: 2, lastStatus: 500 });
  });

  it('never sends one twice at once from several processes', async () => {
    for (let i = 0; i < 30; i++) await enqueue();
    const others = [newDispatcher(), newDispatcher()];
    const sent = await Promise.all([dispatcher, ...others].map((each) => each.drain()));
    expect(sent.reduce((sum, n) => sum + n, 0)).toBe(30);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(30);
    await Promise.all(others.map((each) => each.stop()));
  });

  it('sends again what a dead process had claimed, when its lease is over', async () => {
    await enqueue();
    const repository = new CallbacksRepository(database.db);
    const [lost] = await repository.claimDue(clock.now(), new Date(clock.ms + 1_000), 1);
    expect(await dispatcher.drain()).toBe(0);
    clock.ms += 1_000;
    expect(await dispatcher.drain()).toBe(1);
    const late = { status: 'failed', attempt: { at: clock.now().toISOString(), durationMs: 1 } } as const;
    expect(await repository.record(lost!, late)).toBe(false);
  });

  it('replays what was delivered with the same id and the same bytes', async () => {
    const id = await enqueue();
    await dispatcher.drain();
    clock.ms += 60_000;
    expect(await callbacks.replay(id)).toMatchObject({ status: 'pending' });
    await dispatcher.drain();
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
    expect(received[0]?.body).toBe(received[1]?.body);
    expect((await callbacks.get(id)).log).toHaveLength(2);
  });

  it('is woken by the commit of whoever enqueues', async () => {
    await dispatcher.start();
    const arrived = new Promise<void>((resolve) => {
      answer = (response) => {
        response.end();
        resolve();
      };
    });
    await enqueue();
    await arrived;
  });

  it('pages through the deliveries, the newest first', async () => {
    const ids = [await enqueue(), await enqueue(), await enqueue()].reverse();
    const first = await callbacks.list({ limit: 2 });
    expect(first.deliveries.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await callbacks.list({ limit: 2, before: first.next! });
    expect(second).toMatchObject({ deliveries: [{ id: ids[2] }], next: null });
    expect((await callbacks.list({ limit: 2, status: 'failed' })).deliveries).toEqual([]);
  });
});
