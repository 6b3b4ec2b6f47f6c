import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createModels } from '../../src/models/create-models.js';
import type { NewModelVersion } from '../../src/models/model-types.js';
import type { ModelsService } from '../../src/models/models.service.js';
import { toyContent } from '../../src/models/testing/toy-bundle.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let models: ModelsService;

beforeAll(async () => {
  database = await createTestDatabase();
  const store = new LocalObjectStore(await mkdtemp(join(inject('runFolder'), 'owner-')));
  models = createModels(database.db, store);
});
afterAll(() => database.drop());

const IMPORTED = { lineage: null, promote: true, reason: 'imported' } as const;

function versionOf(ownerId: string, bundleKey: string): NewModelVersion {
  const { signature, report, algorithm } = toyContent();
  const names = { modelId: 'm1', modelName: `${ownerId}'s`, ownerId, trainingId: null };
  return {
    ...names,
    algorithm,
    task: 'regression',
    signature,
    report,
    bundleKey,
    nBytes: 1,
    sha256: 'a',
    ...IMPORTED,
  };
}

it('takes versions of its owner, and none of anybody else', async () => {
  const commit = (version: NewModelVersion) =>
    database.db.transaction((client) => models.commitVersion(client, version));
  expect(await commit(versionOf('ada', 'bundles/1.zip'))).toBe(1);
  await expect(commit(versionOf('eve', 'bundles/2.zip'))).rejects.toMatchObject({ code: 'forbidden' });
  expect(await models.getModel('m1')).toMatchObject({
    ownerId: 'ada',
    name: "ada's",
    current: { version: 1 },
  });
  expect(await models.namesBundle('bundles/2.zip')).toBe(false);
  expect(await commit(versionOf('ada', 'bundles/3.zip'))).toBe(2);
});
