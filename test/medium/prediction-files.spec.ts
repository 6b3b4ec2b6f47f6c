import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { deleteOrphans } from '../../src/jobs/recurring/orphans.js';
import { deleteExpiredPredictionFiles } from '../../src/jobs/recurring/retention.repository.js';
import {
  PredictionFilesRepository,
  TABLE_FORM,
} from '../../src/predictions/files/prediction-files.repository.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const HOUR_MS = 3_600_000;
const RESULT = {
  columns: [],
  added: { prediction: 'p', probabilities: [], warnings: 'w', error: null },
  nWarnings: 0,
  nRowsWithProblems: 0,
};

describe('the rows of files of predictions', () => {
  const repository = new PredictionFilesRepository();
  let database: TestDatabase;
  let root: string;
  let store: LocalObjectStore;
  let modelId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    root = await mkdtemp(join(inject('runFolder'), 'prediction-files-'));
    store = new LocalObjectStore(root);
  });
  afterAll(async () => {
    await database.drop();
    await rm(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    modelId = randomUUID();
    await database.db.execute(`insert into models (id, owner_id, name) values ($1, 'o', 'n')`, [modelId]);
  });

  async function begun(leaseSeconds = 60): Promise<string> {
    const id = randomUUID();
    const file = { id, modelId, modelVersion: 1, callerId: null, fileName: null, nBytes: 1 };
    const isInserted = await repository.insert(database.db, { ...file, onRowProblem: 'keep' }, leaseSeconds);
    expect(isInserted).toBe(true);
    expect(await repository.begin(database.db, id)).toBe(true);
    return id;
  }
  async function succeeded(): Promise<{ id: string; key: string }> {
    const id = await begun();
    const key = `prediction-files/${id}.parquet`;
    const path = await store.scratchPath('made');
    await writeFile(path, 'x');
    await store.putFile(key, path);
    await repository.succeed(database.db, id, RESULT);
    await repository.addContent(database.db, id, TABLE_FORM, { key, nBytes: 1, sha256: '' });
    return { id, key };
  }
  const find = (id: string) => repository.find(database.db, modelId, id);
  const sweep = () => deleteOrphans(database.db, store, HOUR_MS, Date.now() + 2 * HOUR_MS);

  it('say that a file is lost whose process has not been heard of', async () => {
    const [lost, alive] = [await begun(-1), await begun()];
    expect(await find(lost)).toMatchObject({ status: 'failed', error: { code: 'process_lost' } });
    expect(await find(alive)).toMatchObject({ status: 'running', error: null });
    const renewed = await repository.renew(database.db, [lost, alive], 60);
    expect([...renewed]).toEqual([alive]);
  });

  it('do not change any more once a file has ended', async () => {
    const id = await begun();
    await repository.end(database.db, id, { status: 'canceled' });
    expect(await repository.succeed(database.db, id, RESULT)).toBe(false);
    expect(await repository.advance(database.db, id, 0.5, 1)).toBe(false);
    expect(await repository.end(database.db, id, { status: 'failed' })).toBe(false);
    expect(await find(id)).toMatchObject({ status: 'canceled', progress: 0, result: null });
  });

  it('go when they have been kept long enough, and their files with them', async () => {
    const [old, young] = [await succeeded(), await succeeded()];
    await database.db.execute(
      `update prediction_files set finished_at = now() - interval '25 hours' where id = $1`,
      [old.id],
    );
    expect(await deleteExpiredPredictionFiles(database.db, 24)).toBe(1);
    expect(await find(old.id)).toBeUndefined();
    await sweep();
    expect(await store.stat(old.key)).toBeUndefined();
    expect(await store.stat(young.key)).toBeDefined();
  });

  it('go with their model, and their files with them; none is begun for a model that has gone', async () => {
    const { id, key } = await succeeded();
    await database.db.execute('delete from models where id = $1', [modelId]);
    expect(await find(id)).toBeUndefined();
    await sweep();
    expect(await store.stat(key)).toBeUndefined();
    const file = { id: randomUUID(), modelId, modelVersion: 1, callerId: null, fileName: null, nBytes: 1 };
    expect(await repository.insert(database.db, { ...file, onRowProblem: 'keep' }, 60)).toBe(false);
  });
});
