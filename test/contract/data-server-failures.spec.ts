import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ContractClient } from '../support/contract-client.js';
import { type Behaviour, FakeDataServer } from '../support/fake-data-server.js';
import { type RunningService, startService } from '../support/service.js';
import { SERVICE_CONTRACT } from '../support/users.js';

const TIMEOUT_MS = 1000;
const record = { id: '7', name: 'Penguins', ownerId: 'ada' };
const yes: Behaviour = { kind: 'answer', status: 200, body: record };

describe('a data server that does not do well', () => {
  let dataServer: FakeDataServer;
  let service: RunningService;
  let caller: ContractClient;

  beforeAll(async () => {
    dataServer = await FakeDataServer.start();
    service = await startService({
      DATA_SERVER_URL: dataServer.url,
      DATA_SERVER_TIMEOUT_MS: String(TIMEOUT_MS),
      CREDENTIAL_CACHE_MS: '0',
    });
    caller = new ContractClient(service.url, SERVICE_CONTRACT, 'Custom anything-at-all');
  });
  afterAll(async () => {
    await service?.stop();
    await dataServer?.stop();
  });
  beforeEach(() => dataServer.behave(yes));

  /** With a "yes" this data set is looked for here, where nothing has been uploaded yet. */
  const look = () => caller.get('/datasets/7');

  it('is asked with the header unchanged, the record and the action', async () => {
    expect((await look()).body).toMatchObject({ status: 404, code: 'dataset_not_found' });
    expect(dataServer.asked).toEqual([
      { authorization: 'Custom anything-at-all', url: '/access/datasets/7?action=read' },
    ]);
  });

  it.each<[string, Behaviour[]]>([
    ['is silent', [{ kind: 'silent' }]],
    ['cuts the connection, twice', [{ kind: 'hang-up' }]],
    ['answers 500', [{ kind: 'answer', status: 500 }]],
    ['answers 502 twice', [{ kind: 'answer', status: 502 }]],
    ['answers 418', [{ kind: 'answer', status: 418 }]],
    ['answers 204', [{ kind: 'answer', status: 204 }]],
    ['answers a page', [{ kind: 'text', text: '<html>Welcome</html>' }]],
    ['answers half of JSON', [{ kind: 'text', text: '{"id":"7","name":' }]],
    ['answers nothing', [{ kind: 'text', text: '' }]],
    [
      'answers without end',
      [{ kind: 'text', text: JSON.stringify({ ...record, pad: 'x'.repeat(100_000) }) }],
    ],
    ['names another record', [{ kind: 'answer', status: 200, body: { ...record, id: '8' } }]],
    ['names no owner', [{ kind: 'answer', status: 200, body: { id: '7', name: 'Penguins' } }]],
    ['answers null', [{ kind: 'text', text: 'null' }]],
  ])('lets nobody in when it %s', async (_what, behaviours) => {
    dataServer.behave(...behaviours);
    const answer = await look();
    expect(answer.body).toMatchObject({ status: 503, code: 'data_server_unavailable' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is not followed to another address', async () => {
    const elsewhere = await FakeDataServer.start();
    elsewhere.behave(yes);
    dataServer.behave({ kind: 'redirect', location: `${elsewhere.url}/access/datasets/7?action=read` });
    expect((await look()).status).toBe(503);
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.stop();
  });

  it.each<[string, Behaviour]>([
    ['cut connection', { kind: 'hang-up' }],
    ['503 of a proxy', { kind: 'answer', status: 503 }],
  ])('is asked a second time after one %s', async (_what, first) => {
    dataServer.behave(first, yes);
    expect((await look()).body).toMatchObject({ code: 'dataset_not_found' });
    expect(dataServer.asked).toHaveLength(2);
  });

  it('is not asked a second time after a refusal', async () => {
    dataServer.behave({ kind: 'answer', status: 500 });
    await look();
    expect(dataServer.asked).toHaveLength(1);
  });

  it.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'dataset_not_found'],
  ])('refuses with %i, and so does the service', async (status, code) => {
    dataServer.behave({ kind: 'answer', status });
    expect((await look()).body).toMatchObject({ status, code });
  });

  it('is asked with the right action for each route', async () => {
    dataServer.behave({ kind: 'answer', status: 403 });
    await caller.request('PUT', '/datasets/7/content', {
      body: 'a\n1\n',
      headers: { 'content-type': 'text/csv' },
    });
    await caller.get('/datasets/7/content');
    await caller.get('/models/7');
    await caller.get('/models/7/bundle');
    await caller.request('PUT', '/models/7/bundle', {
      body: 'PK',
      headers: { 'content-type': 'application/zip' },
    });
    await caller.post('/models/7/predict', { rows: [{}] });
    expect(dataServer.asked.map(({ url }) => url)).toEqual([
      '/access/datasets/7?action=write',
      '/access/datasets/7?action=read',
      '/access/models/7?action=read',
      '/access/models/7?action=read',
      '/access/models/7?action=write',
      '/access/models/7?action=predict',
    ]);
  });

  it('is not bothered by a request without credentials or with an impossible id', async () => {
    expect((await caller.as(undefined).get('/datasets/7', { bad: true })).status).toBe(401);
    expect((await caller.get('/datasets/a%2Fb', { bad: true })).status).toBe(404);
    expect(dataServer.asked).toEqual([]);
  });
});

describe('a data server that is down', () => {
  it('lets nobody in, and stops no request for long', async () => {
    const gone = await FakeDataServer.start();
    const url = gone.url;
    await gone.stop();
    const service = await startService({ DATA_SERVER_URL: url, DATA_SERVER_TIMEOUT_MS: String(TIMEOUT_MS) });
    try {
      const answer = await new ContractClient(service.url, SERVICE_CONTRACT, 'Bearer x').get('/models/7');
      expect(answer.body).toMatchObject({ status: 503, code: 'data_server_unavailable' });
      expect(answer.headers.get('retry-after')).toBe('5');
      const live = await new ContractClient(service.url, SERVICE_CONTRACT).get('/health/live');
      expect(live.status).toBe(200);
    } finally {
      await service.stop();
    }
  });
});
