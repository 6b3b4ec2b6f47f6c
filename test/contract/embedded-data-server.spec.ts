import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../src/callbacks/signature.js';
import type { ContractClient } from '../support/contract-client.js';
import { type RunningService, startService } from '../support/service.js';
import {
  dataServerClient,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

describe('the embedded data server', () => {
  let service: RunningService;
  let anonymous: ContractClient;
  let ada: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    service = await startService();
    anonymous = dataServerClient(service);
    [ada, bob] = await Promise.all([newUser(service), newUser(service)]);
  });
  afterAll(() => service?.stop());

  describe('users', () => {
    it('shows the user, never the password', async () => {
      const self = await ada.records.get('/user');
      expect(self.body).toMatchObject({ id: ada.id, name: ada.name });
      expect(self.bytes.toString()).not.toMatch(/password|scrypt/);
    });

    it('refuses a name or an address that is taken, in any case of letters', async () => {
      const password = 'long enough to pass';
      const taken = await anonymous.post('/register', {
        name: ada.name.toUpperCase(),
        email: 'new@example.org',
        password,
      });
      expect(taken.body).toMatchObject({ status: 409, code: 'conflict' });
      const email = `${ada.name}@EXAMPLE.org`;
      expect((await anonymous.post('/register', { name: 'someone-else', email, password })).status).toBe(409);
    });

    it('names everything that is wrong with a registration, and repeats none of it', async () => {
      const answer = await anonymous.post(
        '/register',
        { name: 'a b', email: 'nowhere', password: 'tiny-one', role: 'admin' },
        { bad: true },
      );
      expect(answer.body.code).toBe('invalid_request');
      expect(answer.body.errors.map((item: { argument: string }) => item.argument).sort()).toEqual([
        'email',
        'name',
        'password',
        'role',
      ]);
      expect(answer.bytes.toString()).not.toMatch(/tiny-one|nowhere/);
    });

    it('answers a wrong password and an unknown name alike, and stops those who go on trying', async () => {
      const victim = await newUser(service);
      const wrong = () => anonymous.post('/login', { name: victim.name, password: 'not the password' });
      const unknown = await anonymous.post('/login', { name: 'nobody-at-all', password: 'not the password' });
      const first = await wrong();
      expect(first.status).toBe(401);
      expect({ ...first.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
      for (let i = 0; i < 9; i++) await wrong();
      const stopped = await anonymous.post('/login', { name: victim.name, password: victim.password });
      expect(stopped.body).toMatchObject({ status: 429, code: 'too_many_requests' });
      expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(0);
    });

    it('forgets a token at the logout', async () => {
      const user = await newUser(service);
      expect((await user.records.post('/logout')).status).toBe(204);
      expect((await user.records.get('/user')).status).toBe(401);
    });
  });

  describe('records', () => {
    it('creates, lists, changes and deletes; names are unique for each owner', async () => {
      const id = await newDataset(ada, 'Weather');
      expect((await ada.records.post('/datasets', { name: 'Weather' })).status).toBe(409);
      await newDataset(bob, 'Weather');
      const other = await newDataset(ada, 'Climate');
      const renamed = await ada.records.request('PATCH', `/datasets/${id}`, { json: { name: 'Rain' } });
      expect(renamed.body).toMatchObject({ id, name: 'Rain', format: 'csv' });
      const taken = await ada.records.request('PATCH', `/datasets/${id}`, { json: { name: 'Climate' } });
      expect(taken.status).toBe(409);
      const listed = await ada.records.get('/datasets');
      expect(listed.body.datasets.map((one: { id: string }) => one.id)).toEqual([id, other]);
      expect((await ada.records.request('DELETE', `/datasets/${other}`)).status).toBe(204);
      expect((await ada.records.get(`/datasets/${other}`)).body.code).toBe('dataset_not_found');
    });

    it("keeps another user's records closed, on both servers", async () => {
      const datasetId = await newDataset(ada, 'Private');
      const modelId = await newModel(ada, 'Private');
      for (const path of [`/datasets/${datasetId}`, `/models/${modelId}`]) {
        expect((await bob.records.get(path)).body.code).toBe('forbidden');
        expect((await bob.records.request('DELETE', path)).status).toBe(403);
        expect((await bob.records.get(`/access${path}`, { query: { action: 'read' } })).status).toBe(403);
        expect((await bob.service.get(path)).body.code).toBe('forbidden');
      }
      expect((await upload(bob, datasetId, 'a,b\n1,2\n')).status).toBe(403);
      const predicted = await bob.service.post(`/models/${modelId}/predict`, { rows: [{ a: 1 }] });
      expect(predicted.status).toBe(403);
      const trained = await bob.records.post(`/models/${modelId}/train`, { datasetId, algorithm: 'k_means' });
      expect(trained.status).toBe(403);
      const own = await newModel(bob, 'Own');
      const borrowed = await bob.records.post(`/models/${own}/train`, { datasetId, algorithm: 'k_means' });
      expect(borrowed.status).toBe(403);
    });

    it('refuses an action that there is not', async () => {
      const id = await newModel(ada, 'Actions');
      const answer = await ada.records.get(`/access/models/${id}`, { query: { action: 'own' }, bad: true });
      expect(answer.status).toBe(400);
    });
  });

  describe('trainings', () => {
    it("passes on Trainyard's refusals, and the model stays free", async () => {
      const datasetId = await newDataset(ada, 'Refusals');
      const modelId = await newModel(ada, 'Refusals');
      await upload(ada, datasetId, await fixture('penguins.csv'));
      const request = { datasetId, algorithm: 'crystal_ball', target: 'species' };
      for (let i = 0; i < 2; i++) {
        const refused = await ada.records.post(`/models/${modelId}/train`, request);
        expect(refused.status).toBe(422);
      }
      expect((await ada.records.get(`/models/${modelId}`)).body.trainingStatus).toBe('untrained');
    });

    it('starts one training of a model at a time', async () => {
      const datasetId = await newDataset(ada, 'Busy');
      const modelId = await newModel(ada, 'Busy');
      await upload(ada, datasetId, await fixture('penguins.csv'));
      const request = { datasetId, algorithm: 'decision_tree_classifier', target: 'species' };
      const answers = await Promise.all(
        [1, 2, 3].map(() => ada.records.post(`/models/${modelId}/train`, request)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
      const started = answers.find(({ status }) => status === 202)!;
      await outcomeOf(service, started.body.id);
    });

    it('tells how far a training is, and that there was none', async () => {
      const modelId = await newModel(ada, 'Never');
      expect((await ada.records.get(`/models/${modelId}/training`)).body.code).toBe('training_not_found');
    });
  });

  describe('callbacks', () => {
    const message = (modelId: string, status: string, trainingId = randomUUID()): string =>
      JSON.stringify({
        type: `training.${status}`,
        timestamp: new Date().toISOString(),
        data: { trainingId, modelId, ownerId: ada.id, datasetId: 'ds_1', status, modelVersion: 3 },
      });
    const deliver = (body: string, headers: object, bad = false) =>
      anonymous.request('POST', '/callbacks/trainyard', {
        body,
        headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
        bad,
      });
    const signed = (body: string, id: string = randomUUID(), ageSeconds = 0) =>
      sign([service.callbackSecret], {
        id,
        timestampSeconds: Math.floor(Date.now() / 1000) - ageSeconds,
        body,
      });

    it('takes effect once, however often it comes', async () => {
      const modelId = await newModel(ada, 'Once');
      const id = randomUUID();
      const first = message(modelId, 'succeeded');
      expect((await deliver(first, signed(first, id))).status).toBe(204);
      const again = message(modelId, 'failed');
      expect((await deliver(again, signed(again, id))).status).toBe(204);
      const model = await ada.records.get(`/models/${modelId}`);
      expect(model.body).toMatchObject({ trainingStatus: 'succeeded', modelVersion: 3 });
    });

    it('is refused without, with a stale, and with a wrong signature', async () => {
      const modelId = await newModel(ada, 'Forged');
      const body = message(modelId, 'succeeded');
      expect((await deliver(body, {}, true)).status).toBe(401);
      expect((await deliver(body, signed(body, randomUUID(), 3600))).status).toBe(401);
      expect((await deliver(`${body} `, signed(body))).status).toBe(401);
      expect((await ada.records.get(`/models/${modelId}`)).body.trainingStatus).toBe('untrained');
    });

    it('is refused when it is no outcome, and passed over when its type is not known', async () => {
      const nonsense = '["not", "an outcome"]';
      expect((await deliver(nonsense, signed(nonsense), true)).status).toBe(400);
      const later = JSON.stringify({ type: 'model.drifted', timestamp: new Date().toISOString(), data: {} });
      expect((await deliver(later, signed(later), true)).status).toBe(204);
    });
  });

  it('shows the outcome of a training that has ended', async () => {
    const datasetId = await newDataset(ada, 'Ended');
    const modelId = await newModel(ada, 'Ended');
    await upload(ada, datasetId, await fixture('penguins.csv'));
    const trainingId = await train(ada, modelId, {
      datasetId,
      algorithm: 'decision_tree_classifier',
      target: 'species',
    });
    const events = await outcomeOf(service, trainingId);
    expect(events.at(-1)).toMatchObject({ status: 'succeeded', modelVersion: 1 });
    const progress = await ada.records.get(`/models/${modelId}/training`);
    expect(progress.body).toMatchObject({ id: trainingId, status: 'succeeded', progress: 1 });
  });
});
