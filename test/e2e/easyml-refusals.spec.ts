import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { easymlRequest } from '../support/easyml-client.js';
import { EasymlDataServer } from '../support/easyml-data-server.js';
import { type RunningService, startService } from '../support/service.js';
import { fixture } from '../support/users.js';

/** Every refusal of EasyML's machine-learning server, in the order in which it looks. */
describe("refusals beside EasyML's data server", () => {
  let dataServer: EasymlDataServer;
  let service: RunningService;
  let user: { id: number; token: string };
  let other: { id: number; token: string };
  let data: number;
  let empty: number;
  let model: number;

  const call = (path: string, options: Parameters<typeof easymlRequest>[1] = {}) =>
    easymlRequest(`${service.url}${path}`, options);
  const asServer = (path: string, json: object | string, method: 'GET' | 'POST' = 'GET') =>
    call(path, { method, json, token: dataServer.privilegedToken });
  const train = (json: object | string) => asServer('/train/', json, 'POST');
  const ids = () => ({ model_id: model, user_id: user.id, data_id: data });
  const whole = () => ({ model_type: 'knn_cls', ...ids(), to_drop: [], y_col: 'species' });

  beforeAll(async () => {
    dataServer = await EasymlDataServer.start();
    service = await startService({
      DATA_SERVER_KIND: 'easyml',
      DATA_SERVER_URL: dataServer.url,
      EASYML_USERNAME: dataServer.username,
      EASYML_PASSWORD: dataServer.password,
    });
    user = dataServer.newUser();
    other = dataServer.newUser();
    data = dataServer.newDataset(user.id);
    empty = dataServer.newDataset(user.id);
    const bytes = await fixture('penguins.csv');
    const answer = await call(`/upload/csv/${data}/`, { method: 'POST', bytes, token: user.token });
    expect(answer.status).toBe(201);
  });
  beforeEach(() => {
    model = dataServer.newModel(user.id, 'knn_cls');
  });
  afterAll(async () => {
    await service?.stop();
    await dataServer?.stop();
  });

  describe('of /train', () => {
    it('wants JSON before it asks who calls', async () => {
      expect(await call('/train/', { method: 'POST', bytes: 'model_type=knn_cls' })).toMatchObject({
        status: 400,
        body: { detail: 'Invalid format' },
      });
      expect(await train('{"model_type": ')).toMatchObject({
        status: 400,
        body: { detail: 'Invalid format' },
      });
    });

    it.each(['/train', '/train/'])(
      'lets at %s only the data server in, with the token of our account',
      async (path) => {
        for (const token of [undefined, user.token, 'x']) {
          const answer = await call(path, { method: 'POST', json: {}, token });
          expect(answer).toMatchObject({ status: 401, body: { detail: 'Unauthorized' } });
        }
      },
    );

    it('names what is missing, then what is of the wrong type', async () => {
      expect(await train({ model_id: 1 })).toMatchObject({
        status: 400,
        body: { detail: 'Missing arguments', missing_args: ['model_type', 'user_id', 'data_id'] },
      });
      const answer = await train('{"model_type": 5, "model_id": 1.0, "user_id": true, "data_id": 3}');
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({
        detail: 'Invalid types for arguments.',
        invalid_args: [
          { arg: 'model_type', sent_type: 'int', expected_type: 'str' },
          { arg: 'model_id', sent_type: 'float', expected_type: 'int' },
          { arg: 'user_id', sent_type: 'bool', expected_type: 'int' },
        ],
      });
    });

    it.each(['neural', 'svm'])('does not train %s', async (model_type) => {
      expect(await train({ ...ids(), model_type })).toMatchObject({
        status: 400,
        body: { detail: 'Invalid model type' },
      });
    });

    it('names what the model type needs, and its arguments of the wrong type', async () => {
      expect((await train({ ...ids(), model_type: 'knn_cls' })).body).toEqual({
        detail: 'Missing mandatory arguments',
        missing_args: ['to_drop', 'y_col'],
      });
      const sent = { ...whole(), y_col: 1, n_neighbors: '5', weights: null, test_size: 0 };
      const answer = await train(sent);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({
        detail: 'Invalid types for arguments.',
        invalid_args: [
          { arg: 'y_col', sent_type: 'int', expected_type: 'str' },
          { argument: 'test_size', sent_type: 'int', expected_type: 'float' },
          { argument: 'n_neighbors', sent_type: 'str', expected_type: 'int' },
        ],
      });
      const tree = await train({ ...whole(), model_type: 'decisiontree_cls', max_features: [] });
      expect(tree.body.invalid_args).toEqual([
        { argument: 'max_features', sent_type: 'list', expected_type: ['int', 'float', 'str'] },
      ]);
    });

    it("wants a file of the user's", async () => {
      const absent = { status: 404, body: { detail: 'Data file does not exist.' } };
      expect(await train({ ...whole(), data_id: empty })).toMatchObject(absent);
      expect(await train({ ...whole(), user_id: other.id })).toMatchObject(absent);
    });

    it.each<[string, object, string]>([
      ['a value that is not legal', { n_neighbors: 0 }, 'n_neighbors'],
      ['a name that is not legal', { weights: 'even' }, 'weights'],
      ['a label that is not there', { y_col: 'wings' }, 'target'],
      ['a label that is dropped', { to_drop: ['species'] }, 'target'],
    ])('starts, and then fails for %s', async (_what, more, told) => {
      expect((await train({ ...whole(), ...more })).status).toBe(202);
      const { status, extra } = await dataServer.notified(model);
      expect(status).toBe('fail');
      expect(extra.error).toContain(told);
    });

    it('tells a failure of the training itself', async () => {
      expect((await train({ ...whole(), model_type: 'kmeans', n_clusters: 100_000 })).status).toBe(202);
      expect(await dataServer.notified(model)).toMatchObject({
        status: 'fail',
        extra: { error: expect.any(String) },
      });
    });
  });

  describe('of /info', () => {
    const info = (kind: 'd' | 'm', json: object | string) => asServer(`/info/${kind}/`, json);

    it.each(['d', 'm'] as const)('of %s looks at form, caller and arguments', async (kind) => {
      expect(await call(`/info/${kind}/`)).toMatchObject({ status: 400, body: { detail: 'Invalid format' } });
      const json = { user_id: user.id };
      expect(await call(`/info/${kind}/`, { json, token: user.token })).toMatchObject({ status: 401 });
      const id = kind === 'd' ? 'data_id' : 'model_id';
      expect(await info(kind, json)).toMatchObject({
        status: 400,
        body: { detail: 'Missing arguments', missing_args: [id] },
      });
      expect((await info(kind, { user_id: '1', [id]: null })).body.invalid_args).toEqual([
        { arg: 'user_id', sent_type: 'str', expected_type: 'int' },
        { arg: id, sent_type: 'NoneType', expected_type: 'int' },
      ]);
    });

    it('knows whose records there are, and which have no file', async () => {
      const ask = (user_id: number, data_id: number) => info('d', { user_id, data_id });
      expect(await ask(user.id, 99_999)).toMatchObject({
        status: 404,
        body: { detail: 'The data set specified was not found.' },
      });
      expect(await ask(other.id, data)).toMatchObject({ status: 403 });
      expect(await ask(user.id, empty)).toMatchObject({
        status: 404,
        body: { detail: 'File for requested data set not found' },
      });
    });

    it('knows whose models there are, and which were never trained', async () => {
      const ask = (user_id: number, model_id: number) => info('m', { user_id, model_id });
      expect(await ask(user.id, 99_999)).toMatchObject({
        status: 404,
        body: { detail: 'The model specified was not found.' },
      });
      expect(await ask(other.id, model)).toMatchObject({ status: 403 });
      expect(await ask(user.id, model)).toMatchObject({
        status: 404,
        body: { detail: 'The model has never been trained before.' },
      });
    });
  });

  describe('of users', () => {
    const routes = (): [string, 'GET' | 'POST', string][] => [
      [`/upload/csv/${data}`, 'POST', 'The data specified was not found.'],
      [`/download/m/${model}`, 'GET', 'The model specified was not found.'],
      [`/predict/${model}`, 'POST', 'The model specified was not found.'],
      [`/download/p/${model}`, 'GET', 'The model specified was not found.'],
    ];

    it('on every route: no token, a wrong one, an unknown record, the record of another', async () => {
      for (const [path, method, unknown] of routes()) {
        const bytes = method === 'POST' ? 'a,b\n1,2\n' : undefined;
        const ask = (token?: string, at = path) => call(at, { method, token, bytes });
        expect(await ask()).toMatchObject({
          status: 401,
          body: { detail: 'Authentication credentials were not provided.' },
        });
        expect(await ask('nobody')).toMatchObject({ status: 401, body: { detail: 'Invalid token.' } });
        expect(await ask(user.token, path.replace(/\d+$/, '99999'))).toMatchObject({
          status: 404,
          body: { detail: unknown },
        });
        expect(await ask(other.token)).toMatchObject({
          status: 403,
          body: { detail: 'You do not have permission to perform this action.' },
        });
      }
    });

    it('for a model that was never trained', async () => {
      const never = { status: 404, body: { detail: 'Model was never trained before.' } };
      expect(await call(`/download/m/${model}`, { token: user.token })).toMatchObject(never);
      const bytes = 'a\n1\n';
      expect(await call(`/predict/${model}`, { method: 'POST', bytes, token: user.token })).toMatchObject(
        never,
      );
      expect(await call(`/download/p/${model}`, { token: user.token })).toMatchObject({
        status: 404,
        body: { detail: 'No predictions were preformed on this model before' },
      });
    });

    it('for another ending than the record has, and for a file that is none', async () => {
      const upload = (ending: string, bytes: string | Buffer) =>
        call(`/upload/${ending}/${data}`, { method: 'POST', bytes, token: user.token });
      const before = await asServer('/info/d/', { user_id: user.id, data_id: data });
      const bytes = 'a\n1\n';
      expect(await upload('xlsx', 'a\n1\n')).toMatchObject({
        status: 400,
        body: { detail: 'This data set type does not support this file extension.' },
      });
      // A type that the data server lists, and that has no files.
      const sql = dataServer.newDataset(user.id, 'sql');
      for (const ending of ['sql', 'csv']) {
        const answer = await call(`/upload/${ending}/${sql}`, { method: 'POST', bytes, token: user.token });
        expect(answer).toMatchObject({
          status: 400,
          body: { detail: 'This data set type does not support this file extension.' },
        });
      }
      expect((await call('/upload/csv/x', { method: 'POST', bytes, token: user.token })).status).toBe(404);
      for (const bytes of ['', 'a,b\n1,2,3\n4\n', '[{"a": 1}]', Buffer.from('PAR1PAR1')]) {
        expect(await upload('csv', bytes)).toMatchObject({
          status: 415,
          body: { detail: 'Invalid csv file' },
        });
      }
      expect((await asServer('/info/d/', { user_id: user.id, data_id: data })).body).toEqual(before.body);
    });
  });

  describe('of the data server', () => {
    it('a notification that it cannot take now is sent again, and logged', async () => {
      dataServer.notifyStatuses.push(503);
      expect((await train({ ...whole(), n_neighbors: 3 })).status).toBe(202);
      expect((await dataServer.notified(model)).status).toBe('done');
      const log = await fetch(`${service.url}/internal/callbacks?limit=1`, {
        headers: { authorization: `Bearer ${service.serviceToken}` },
      });
      const { deliveries } = (await log.json()) as { deliveries: { log: { status: number }[] }[] };
      expect(deliveries[0]!.log[0]).toMatchObject({ status: 503 });
    });

    it('a token that it does not take any more is replaced by one more login', async () => {
      const before = dataServer.nLogins;
      dataServer.replaceToken();
      expect((await call(`/download/m/${model}`, { token: user.token })).status).toBe(404);
      expect(dataServer.nLogins).toBe(before + 1);
      expect((await asServer('/info/d/', { user_id: user.id, data_id: data })).status).toBe(200);
    });
  });
});
