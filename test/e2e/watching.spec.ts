import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  internalClient,
  newDataset,
  newModel,
  newUser,
  upload,
} from '../support/users.js';

const N_EVENTS = 60;
/** Together more than any buffer between two sockets takes. */
const EVENT_BYTES = 400_000;

describe('watching a training', () => {
  let service: RunningService;
  let id: string;

  beforeAll(async () => {
    // Nothing takes the training: it changes only when the test says so.
    service = await startService({ TRAINING_CONCURRENCY: '0', EVENT_HEARTBEAT_SECONDS: '1' });
    const user = await newUser(service);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    const started = await internalClient(service).post('/internal/trainings', {
      modelId: await newModel(user),
      ownerId: user.id,
      datasetId,
      algorithm: 'random_forest_classifier',
      target: 'species',
    });
    id = started.body.id;
  });
  afterAll(() => service.stop());

  /** A client that reads only when it is told to. */
  async function watch(): Promise<Socket> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      `GET /internal/trainings/${id}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${service.serviceToken}\r\n\r\n`,
    );
    return socket;
  }

  it('hears of it while nothing changes', async () => {
    const socket = await watch();
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (text.split(': still here\n\n').length > 2) break;
    }
    expect(text.indexOf('event: training')).toBeLessThan(text.indexOf(': still here'));
  });

  it('drops who does not read, and nobody else', async () => {
    const slow = await watch();
    slow.pause();
    const events = internalClient(service).events(`/internal/trainings/${id}/events`, 'Training');
    expect((await events.next()).value).toMatchObject({ status: 'queued' });
    const database = new pg.Client({ connectionString: service.databaseUrl });
    await database.connect();
    for (let i = 1; i <= N_EVENTS; i++) {
      const warnings = JSON.stringify([`${i} ${'x'.repeat(EVENT_BYTES)}`]);
      await database.query(
        `with changed as (update trainings set warnings = $2, updated_at = now() where id = $1 returning id)
         select pg_notify('training_changed', id::text) from changed`,
        [id, warnings],
      );
      const { value } = await events.next();
      expect(String(value?.['warnings'])).toMatch(new RegExp(`^${i} x`));
    }
    await database.end();
    let received = 0;
    slow.on('data', (chunk) => {
      received += chunk.length;
    });
    const closed = new Promise<void>((resolve) => slow.once('close', () => resolve()));
    slow.on('error', () => undefined);
    slow.resume();
    await closed;
    expect(received).toBeLessThan(N_EVENTS * EVENT_BYTES);
    await events.return(undefined);
  });
});
