import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { type RunningService, startService } from '../support/service.js';
import {
  fixture,
  internalClient,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

let service: RunningService;
let user: TestUser;
let database: Database;
beforeAll(async () => {
  service = await startService({ DATASET_VERSIONS_KEPT: '2' });
  database = new Database({ url: service.databaseUrl, poolSize: 1, log: () => undefined });
  user = await newUser(service);
});
afterAll(async () => {
  await database.close();
  await service.stop();
});

let nRecords = 0;
const newRecord = () => newDataset(user, `Table ${++nRecords}`);
const version = (n: number) =>
  `a,b\n${Array.from({ length: 12 }, (_, row) => `${row * n},${row % 2 ? 'x' : 'y'}`).join('\n')}\n`;
const versionsOf = async (id: string) => {
  const { body } = await user.service.get(`/datasets/${id}/versions`);
  return body.versions.map((one: { version: number }) => one.version);
};
const objects = async () => {
  const folder = join(service.storageDir, 'objects', 'datasets');
  return (await readdir(folder).catch(() => [])).length;
};

describe('the profile of a data set', () => {
  it('is there with the upload, for its readers and for the data server', async () => {
    const id = await newRecord();
    await upload(user, id, await fixture('penguins.csv'));
    const { status, body } = await user.service.get(`/datasets/${id}/profile`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ datasetId: id, version: 1, nRows: 344, target: null, classes: null });
    const nBytes = (await fixture('penguins.csv')).length;
    expect(body.file).toMatchObject({ format: 'csv', mediaType: 'text/csv', ownerId: user.id, nBytes });
    expect(body.file.ageSeconds).toBeGreaterThanOrEqual(0);
    expect(body.duplicateRows).toEqual({ count: 0, isEstimate: false });
    expect(body.columns[0]).toMatchObject({
      name: 'species',
      nDistinct: 3,
      topValues: [{ value: 'Adelie', count: 152 }, {}, {}],
    });
    const stranger = await newUser(service);
    expect((await stranger.service.get(`/datasets/${id}/profile`)).status).toBe(403);
    const twin = await internalClient(service).get(`/internal/datasets/${id}/profile`);
    expect(twin.body.columns).toEqual(body.columns);
  });

  it('says of a target and of the classes when asked, and refuses a column that is not there', async () => {
    const id = await newRecord();
    await upload(user, id, await fixture('penguins.csv'));
    const asked = await user.service.get(`/datasets/${id}/profile`, {
      query: { target: 'species', classes: 'true' },
    });
    expect(asked.body.target).toMatchObject({ column: 'species', kind: 'classes' });
    expect(asked.body.target.associations.length).toBeGreaterThan(3);
    expect(asked.body.classes.likely).toBeGreaterThan(1);
    const refused = await user.service.get(`/datasets/${id}/profile`, { query: { target: 'nobody' } });
    expect([refused.status, refused.body.code]).toEqual([422, 'unknown_column']);
    expect(JSON.stringify(refused.body)).not.toContain('nobody');
  });

  it('is made when it is asked for where the upload has none', async () => {
    const id = await newRecord();
    await upload(user, id, version(1));
    const before = (await user.service.get(`/datasets/${id}/profile`)).body;
    await database.execute('update dataset_versions set profile = null where dataset_id = $1', [id]);
    const again = (await user.service.get(`/datasets/${id}/profile`)).body;
    expect(again.columns).toEqual(before.columns);
    const row = await database.one<{ made: boolean }>(
      'select profile is not null as made from dataset_versions where dataset_id = $1',
      [id],
    );
    expect(row!.made).toBe(true);
  });
});

describe('a dry run', () => {
  const inspect = (id: string, body: string | undefined, query = {}) =>
    user.service.request('POST', `/datasets/${id}/inspect`, {
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'text/csv' } }),
      query,
    });

  it('answers with the guess, takes overrides and keeps nothing', async () => {
    const id = await newRecord();
    const guess = await inspect(id, 'age;born;name\n3;2020-05-01;Ann\n?;2021-06-01;Bob\n');
    expect(guess.status).toBe(200);
    expect(guess.body).toMatchObject({ format: 'csv', isPartial: false, nRows: 2, nColumns: 3 });
    expect(guess.body.dialect).toMatchObject({ delimiter: ';', hasHeader: true });
    expect(guess.body.columns[0]).toMatchObject({ name: 'age', type: 'number', missingMarkers: ['?'] });
    expect(guess.body.firstRows).toEqual([
      [3, '2020-05-01T00:00:00.000Z', 'Ann'],
      [null, '2021-06-01T00:00:00.000Z', 'Bob'],
    ]);
    const plain = await inspect(id, 'age;born;name\n3;2020-05-01;Ann\n', { header: 'false' });
    expect(plain.body).toMatchObject({ nRows: 2 });
    expect((await user.service.get(`/datasets/${id}`)).status).toBe(404);
    expect(await readdir(join(service.storageDir, 'scratch'))).toEqual([]);
  });

  it('reads a head that is cut off anywhere, and a version that is there', async () => {
    const id = await newRecord();
    const cut = await inspect(id, 'a,b\n1,x\n2,"y\nz', { partial: 'true' });
    expect(cut.body).toMatchObject({ isPartial: true, nRows: 1, firstRows: [[1, 'x']] });
    await upload(user, id, version(1));
    const again = await inspect(id, undefined, { delimiter: ';' });
    expect(again.body).toMatchObject({ nColumns: 1, nRows: 12 });
  });

  it('refuses what an upload would refuse, strangers and too much', async () => {
    const id = await newRecord();
    const ragged = await inspect(id, 'a,b\n1,2\n3\n');
    expect([ragged.status, ragged.body.code]).toEqual([415, 'dataset_unreadable']);
    const { authorization } = user;
    const large = request(new URL(`/datasets/${id}/inspect`, service.url), {
      method: 'POST',
      headers: { authorization, 'content-type': 'text/csv', 'content-length': 4_194_305 },
    });
    large.on('error', () => undefined);
    large.flushHeaders();
    const [answer] = (await once(large, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    large.destroy();
    const stranger = await newUser(service);
    const refused = await stranger.service.request('POST', `/datasets/${id}/inspect`, {
      body: 'a\n1\n',
      headers: { 'content-type': 'text/csv' },
    });
    expect(refused.status).toBe(403);
  });
});

describe('versions of a data set', () => {
  it('are listed, downloaded by number, and kept by policy', async () => {
    const id = await newRecord();
    for (const n of [1, 2]) await upload(user, id, version(n));
    const nObjects = await objects();
    const { body } = await user.service.get(`/datasets/${id}/versions`, { query: { limit: 1 } });
    expect(body).toMatchObject({ versions: [{ version: 2, nRows: 12 }], next: 2 });
    const rest = await user.service.get(`/datasets/${id}/versions`, { query: { before: 2 } });
    expect(rest.body).toMatchObject({ versions: [{ version: 1 }], next: null });
    const first = await user.service.get(`/datasets/${id}/content`, { query: { version: 1 } });
    expect(first.bytes.toString()).toBe(version(1));
    expect((await user.service.get(`/datasets/${id}/content`)).bytes.toString()).toBe(version(2));

    await upload(user, id, version(3));
    expect(await versionsOf(id)).toEqual([3, 2]);
    expect(await objects()).toBe(nObjects);
    expect((await user.service.get(`/datasets/${id}/content`, { query: { version: 1 } })).status).toBe(404);
    expect((await user.service.get(`/datasets/${id}/profile`, { query: { version: 1 } })).status).toBe(404);
  });

  it('that a model was made of stay for as long as the model does', async () => {
    const id = await newRecord();
    const modelId = await newModel(user);
    await upload(user, id, await fixture('penguins.csv'));
    const trainingId = await train(user, modelId, {
      datasetId: id,
      algorithm: 'decision_tree_classifier',
      target: 'species',
    });
    expect((await outcomeOf(service, trainingId)).at(-1)).toMatchObject({ status: 'succeeded' });
    for (const n of [2, 3, 4]) await upload(user, id, version(n));
    expect(await versionsOf(id)).toEqual([4, 3, 1]);
    const deleted = await internalClient(service).request('DELETE', `/internal/models/${modelId}`);
    expect(deleted.status).toBe(204);
    await upload(user, id, version(5));
    expect(await versionsOf(id)).toEqual([5, 4]);
  });
});
