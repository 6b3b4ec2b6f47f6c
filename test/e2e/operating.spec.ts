import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallbackRelay, type ReceivedCallback } from '../support/callback-relay.js';
import type { ContractClient } from '../support/contract-client.js';
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

describe('what an operator asks', () => {
  let relay: CallbackRelay;
  let service: RunningService;
  let internal: ContractClient;

  beforeAll(async () => {
    relay = await CallbackRelay.start();
    service = await startService({ CALLBACK_URL: relay.url });
    internal = internalClient(service);
  });
  afterAll(async () => {
    await service.stop();
    await relay.stop();
  });

  it('sends a callback once more, as it was', async () => {
    const user = await newUser(service);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    const started = await internal.post('/internal/trainings', {
      ...{ modelId: await newModel(user), ownerId: user.id, datasetId },
      ...{ algorithm: 'decision_tree_classifier', target: 'species' },
    });
    const first = await relay.of(started.body.id);
    const [delivery] = (await internal.get('/internal/callbacks', { query: { subject: started.body.id } }))
      .body.deliveries;
    const path = `/internal/callbacks/${delivery.id}`;
    await expect.poll(async () => (await internal.get(path)).body.status).toBe('delivered');
    expect((await internal.get(path)).body.payload).toEqual(JSON.parse(first.rawBody.toString()));
    expectStatus(await internal.post(`${path}/replay`), 202);
    await expect.poll(() => relay.received.length).toBe(2);
    const [one, two] = relay.received as [ReceivedCallback, ReceivedCallback];
    expect(two.headers['webhook-id']).toBe(one.headers['webhook-id']);
    expect(two.rawBody.equals(one.rawBody)).toBe(true);
    expect((await internal.post('/internal/callbacks/none/replay')).body.code).toBe('delivery_not_found');
  });

  it('says that it is ready, and counts for those who hold a service token', async () => {
    const anyone = internal.as(undefined);
    expectStatus(await anyone.get('/health/live'), 200);
    expectStatus(await anyone.get('/health/ready'), 200);
    const metrics = await internal.get('/metrics');
    expectStatus(metrics, 200);
    expect(metrics.bytes.toString()).toMatch(/^# HELP /m);
  });
});
