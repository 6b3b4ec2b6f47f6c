import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../support/processes.js';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  train,
  upload,
} from '../support/users.js';

describe('several processes on one port', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({ PROCESSES: '2' });
  });
  afterAll(() => service.stop());

  /** Who has written lines about answered requests. */
  const answering = () =>
    new Set(
      service.logs
        .flatMap((line) => (line.includes('"msg":"request"') ? [JSON.parse(line) as { pid: number }] : []))
        .map(({ pid }) => pid),
    );
  const members = () =>
    service.logs.flatMap((line) =>
      line.includes('"msg":"a process answers requests"')
        ? [(JSON.parse(line) as { member: number }).member]
        : [],
    );
  /** One connection a request: they are handed out in turn. */
  const get = (path: string) =>
    fetch(`${service.url}${path}`, {
      headers: { connection: 'close', authorization: `Bearer ${service.serviceToken}` },
    });

  it('the main job runs across them, and both answer', async () => {
    const user = await newUser(service);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    const modelId = await newModel(user);
    const request = { datasetId, algorithm: 'decision_tree_classifier', target: 'species' };
    const outcome = await outcomeOf(service, await train(user, modelId, request));
    expect(outcome.at(-1)).toMatchObject({ status: 'succeeded' });
    await expect
      .poll(async () => {
        await get('/v2');
        return [...answering()].sort();
      })
      .toEqual([...members()].sort());
    expect(answering()).not.toContain(service.pid);
  });

  it('the metrics are those of all', async () => {
    const text = async () => (await get('/metrics')).text();
    const count = async () =>
      Number(/^trainyard_http_requests_total\{[^}]*route="\/v2"[^}]*\} (\d+)$/m.exec(await text())?.[1] ?? 0);
    const before = await count();
    for (let n = 0; n < 4; n++) await get('/v2');
    expect(await count()).toBe(before + 4);
    expect(await count()).toBe(before + 4);
    expect(await text()).toMatch(/^trainyard_predictions_waiting 0$/m);
  });

  it('one that is killed is replaced, and the others answer meanwhile', async () => {
    const [killed] = members() as [number];
    process.kill(killed, 'SIGKILL');
    await expect.poll(() => isAlive(killed)).toBe(false);
    for (let n = 0; n < 10; n++) expect((await get('/health/ready')).status).toBe(200);
    await expect.poll(() => members().length, { timeout: 20_000 }).toBe(3);
    const replacement = members()[2] as number;
    await expect
      .poll(async () => {
        await get('/v2');
        return answering();
      })
      .toContain(replacement);
  });

  it('all end in order with the one that started them', async () => {
    const alive = members().filter(isAlive);
    expect(alive).toHaveLength(2);
    await service.end();
    for (const pid of alive) expect(isAlive(pid)).toBe(false);
  });
});
