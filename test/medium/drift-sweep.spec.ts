import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { JsonObject } from '../../src/learn/json.js';
import { createModels } from '../../src/models/create-models.js';
import type { ModelsService } from '../../src/models/models.service.js';
import { toyContent } from '../../src/models/testing/toy-bundle.js';
import { createDriftSweep } from '../../src/predictions/drift/create-drift-sweep.js';
import type { DriftSweep } from '../../src/predictions/drift/drift-sweep.js';
import { PredictionLogRepository } from '../../src/predictions/log/prediction-log.repository.js';
import { textOfRow } from '../../src/predictions/log/row-text.js';
import { LocalObjectStore } from '../../src/storage/local-object-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const NOW = new Date('2026-05-01T12:00:00Z');
/** Rows that the model answers without a word, and rows of which half are empty. */
const USUAL = 1;
const EMPTY = null;

describe('the sweep for drift', { sequential: true }, () => {
  let database: TestDatabase;
  let models: ModelsService;
  let sweep: DriftSweep;
  let column: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const store = new LocalObjectStore(await mkdtemp(join(inject('runFolder'), 'drift-')));
    models = createModels(database.db, store);
    sweep = createDriftSweep(database.db, store);
    await addVersion();
  });
  afterAll(() => database.drop());

  async function addVersion(): Promise<void> {
    const { signature, algorithm } = toyContent();
    column = signature.inputs[0]!.name;
    const inputProfile = {
      nRows: 1000,
      columns: [{ name: column, type: 'number', missingShare: 0, edges: [USUAL], shares: [1, 0] }],
    };
    await database.db.transaction((client) =>
      models.commitVersion(client, {
        ...{ modelId: 'm1', modelName: 'Toy', ownerId: 'ada', trainingId: null, lineage: null },
        ...{ algorithm, task: 'regression', signature, report: { inputProfile }, nBytes: 1, sha256: 'a' },
        ...{ bundleKey: `bundles/${randomUUID()}.zip`, promote: true, reason: 'imported' },
      }),
    );
  }

  /** Rows of one request, as the log keeps them. */
  async function predicted(version: number, nRows: number, cellOf: (row: number) => number | null) {
    const { signature } = toyContent();
    const id = randomUUID();
    const rows = Array.from({ length: nRows }, (_, row) => ({
      ...{
        id,
        row,
        modelId: 'm1',
        modelVersion: version,
        protocol: 'native',
        requestId: 'r',
        callerId: null,
      },
      input: Object.fromEntries(signature.inputs.map(({ name }) => [name, cellOf(row)])) as JsonObject,
      ...{ outputs: [1], decision: null, warnings: [], latencyMs: 1, createdAt: NOW },
    }));
    await new PredictionLogRepository().insert(database.db, rows.map(textOfRow));
  }

  async function told(): Promise<JsonObject[]> {
    const rows = await database.db.query<{ payload: string }>(
      `select payload from callback_deliveries where type = 'model.drifted' order by created_at`,
    );
    return rows.map(({ payload }) => JSON.parse(payload).data);
  }

  it('is quiet while rows are as they were', async () => {
    await predicted(1, 500, () => USUAL);
    expect(await sweep.run(NOW)).toEqual({ nChecked: 1, nDrifted: 0, retrain: [] });
    expect(await told()).toEqual([]);
  });

  it('tells the data server once, with the names of the checks', async () => {
    await predicted(1, 500, (row) => (row % 2 === 0 ? EMPTY : USUAL + 1));
    expect(await sweep.run(NOW)).toMatchObject({ nDrifted: 1, retrain: [] });
    expect(await sweep.run(NOW)).toMatchObject({ nDrifted: 0 });
    const [first, ...more] = await told();
    expect(more).toEqual([]);
    expect(first).toMatchObject({ modelId: 'm1', ownerId: 'ada', modelVersion: 1, nRows: 1000 });
    const checks = (first!['violations'] as { column: string; check: string }[])
      .filter((violation) => violation.column === column)
      .map(({ check }) => check);
    expect(checks).toEqual(['completeness_check', 'baseline_drift_check']);
  });

  it('wants the model trained again where its owner does', async () => {
    const choice = { sampleShare: 1, keepDays: 30, retrainOnDrift: true };
    await new PredictionLogRepository().setChoice(database.db, 'm1', choice);
    await addVersion();
    await predicted(2, 500, () => EMPTY);
    expect(await sweep.run(NOW)).toEqual({ nChecked: 1, nDrifted: 1, retrain: ['m1'] });
    expect(await told()).toHaveLength(2);
  });

  it('says nothing of a handful of rows, nor of what was long ago', async () => {
    await addVersion();
    await predicted(3, 20, () => EMPTY);
    expect(await sweep.run(NOW)).toMatchObject({ nChecked: 0 });
    const nextWeek = new Date(NOW.getTime() + 7 * 24 * 3_600_000);
    expect(await sweep.run(nextWeek)).toMatchObject({ nChecked: 0 });
  });
});
