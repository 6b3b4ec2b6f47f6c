import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  internalClient,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  upload,
} from '../support/users.js';

const ADELIE = {
  island: 'Torgersen',
  bill_length_mm: 39.1,
  bill_depth_mm: 18.7,
  flipper_length_mm: 181,
  body_mass_g: 3750,
  sex: 'male',
  year: 2007,
};

/** Of a kept row what does not depend on when it was asked. */
function asSaid({ row, input, prediction, warnings }: Record<string, unknown>): Record<string, unknown> {
  return { row, input, prediction, warnings };
}

/** Predictions that are kept, and what becomes known of them. The steps build on each other. */
describe('the log of predictions', { sequential: true }, () => {
  let service: RunningService;
  let user: TestUser;
  let modelId: string;
  let datasetId: string;

  beforeAll(async () => {
    service = await startService({ TRAINING_MEMORY_MB: '100000' });
    user = await newUser(service);
    datasetId = await newDataset(user);
    modelId = await newModel(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    await trained({ algorithm: 'gaussian_nb', target: 'species' });
  });
  afterAll(() => service.stop());

  async function trained(how: object): Promise<void> {
    const request = { modelId, ownerId: user.id, datasetId, ...how };
    const started = await internalClient(service).post('/internal/trainings', request);
    expectStatus(started, 202);
    expect((await outcomeOf(service, started.body.id)).at(-1)).toMatchObject({ status: 'succeeded' });
  }

  async function predict(rows: object[], more: object = {}, query = {}): Promise<string> {
    const reply = await user.service.post(`/models/${modelId}/predict`, { rows, ...more }, { query });
    expectStatus(reply, 200);
    return reply.body.predictionId;
  }

  /** The log is written beside the requests, in parts: a prediction is found a moment later. */
  async function kept(predictionId: string, nRows = 1) {
    const found = async () => (await user.service.get(`/predictions/${predictionId}`)).body.rows ?? [];
    await expect.poll(async () => (await found()).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(nRows);
    return found();
  }

  it('keeps nothing until it is asked to', async () => {
    expect((await user.service.get(`/models/${modelId}/prediction-log`)).body).toEqual({
      sampleShare: 0,
      keepDays: 30,
      retrainOnDrift: false,
    });
    await predict([ADELIE]);
    const chosen = await user.service.request('PUT', `/models/${modelId}/prediction-log`, {
      json: { sampleShare: 1, keepDays: 7 },
    });
    expect([chosen.status, chosen.body]).toEqual([
      200,
      { sampleShare: 1, keepDays: 7, retrainOnDrift: false },
    ]);
    expect((await user.service.get(`/models/${modelId}/predictions`)).body.predictions).toEqual([]);
  });

  it('keeps row, answer, warnings, version, caller and latency', async () => {
    const id = await predict([ADELIE, { ...ADELIE, island: 'Atlantis' }]);
    const [first, second] = await kept(id);
    expect(first).toMatchObject({
      predictionId: id,
      row: 0,
      modelId,
      modelVersion: 1,
      protocol: 'native',
      callerId: user.id,
      input: ADELIE,
      warnings: [],
      actual: null,
      prediction: { label: 'Adelie' },
    });
    expect(Object.keys(first.prediction.probabilities)).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    expect(first.latencyMs).toBeGreaterThan(0);
    expect(second.warnings).toEqual([{ code: 'unseen_category', column: 'island' }]);
  });

  it('takes what was true, and scores every version by it', async () => {
    const id = await predict([ADELIE, ADELIE, ADELIE]);
    await kept(id);
    const say = (row: number, actual: unknown) =>
      user.service.request('PUT', `/predictions/${id}/actual`, { json: { row, actual }, bad: true });
    expectStatus(await say(0, 'Adelie'), 204);
    expectStatus(await say(1, 'Gentoo'), 204);
    expectStatus(await say(1, 'Adelie'), 204);
    expectStatus(await say(2, 'Gentoo'), 204);
    expect((await say(0, 'Emperor')).body.code).toBe('invalid_actual');
    expect((await say(0, null)).body.code).toBe('invalid_request');
    expect((await say(3, 'Adelie')).body.code).toBe('prediction_not_found');
    const { versions } = (await user.service.get(`/models/${modelId}/performance`)).body;
    expect(versions).toHaveLength(1);
    expect(versions[0]).toMatchObject({ version: 1, nPredictions: 5, nActuals: 3 });
    expect(versions[0].metrics.accuracy).toBeCloseTo(2 / 3, 12);
    expect(versions[0].metrics.balancedAccuracy).toBeCloseTo(1 / 2, 12);
  });

  it('is read page by page, the newest first', async () => {
    const id = await predict([{ ...ADELIE, year: 2009 }]);
    await kept(id);
    const path = `/models/${modelId}/predictions`;
    const first = (await user.service.get(path, { query: { limit: 1 } })).body.predictions;
    expect(first.map((each: { predictionId: string }) => each.predictionId)).toEqual([id]);
    const rest = (await user.service.get(path, { query: { before: id } })).body.predictions;
    expect(rest).toHaveLength(5);
    expect(rest.some((each: { predictionId: string }) => each.predictionId === id)).toBe(false);
    // A page may end amid the rows of a request.
    const many = await predict([ADELIE, ADELIE, ADELIE]);
    await kept(many);
    const rows = async (query: Record<string, string | number>) =>
      (await user.service.get(path, { query })).body.predictions.map(
        (each: { predictionId: string; row: number }) => [each.predictionId, each.row],
      );
    expect(await rows({ limit: 2 })).toEqual([
      [many, 0],
      [many, 1],
    ]);
    expect(await rows({ limit: 2, before: many, beforeRow: 1 })).toEqual([
      [many, 2],
      [id, 0],
    ]);
    expect(await rows({ limit: 1, before: many })).toEqual([[id, 0]]);
  });

  it('shows what has changed since the training', async () => {
    const changed = { body_mass_g: '9000', island: 'Atlantis', sex: null, colour: 'grey' };
    await kept(await predict(Array.from({ length: 200 }, () => ({ ...ADELIE, ...changed }))));
    const { status, body } = await user.service.get(`/models/${modelId}/drift`);
    expect([status, body.modelVersion, body.nRows]).toEqual([200, 1, 209]);
    const found = body.violations.map(
      (each: { column: string; check: string }) => `${each.column} ${each.check}`,
    );
    expect(found).toEqual(
      expect.arrayContaining([
        'body_mass_g data_type_check',
        'body_mass_g baseline_drift_check',
        'island baseline_drift_check',
        'island categorical_values_check',
        'sex completeness_check',
        'colour extra_column_check',
      ]),
    );
    const bundle = (await user.service.get(`/models/${modelId}/report`)).body;
    expect(bundle.inputProfile.columns).toHaveLength(7);
  });

  it('keeps the same of a request that is scored on threads, whole or in parts, or here', async () => {
    const rows = Array.from({ length: 700 }, (_, n) => ({
      ...ADELIE,
      body_mass_g: 3000 + n,
      island: n % 7 === 0 ? 'Atlantis' : 'Dream',
    }));
    const columns = Object.keys(ADELIE) as (keyof typeof ADELIE)[];
    const bodies = {
      // Read here; predicted in parts while the model is not known to be quick.
      rows: { rows },
      table: { table: Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name])])) },
      // With an option it goes to a thread as it came.
      threshold: { rows, explain: false },
      alone: { rows: rows.slice(0, 3) },
    };
    const answers: Record<string, { rows: Record<string, unknown>[]; body: Record<string, unknown> }> = {};
    for (const [name, body] of Object.entries(bodies)) {
      const reply = await user.service.post(`/models/${modelId}/predict`, body);
      expectStatus(reply, 200);
      const found = await kept(reply.body.predictionId, reply.body.predictions.length);
      answers[name] = { body: { ...reply.body, predictionId: '' }, rows: found.map(asSaid) };
    }
    expect(answers['rows']?.rows.length).toBeGreaterThan(3);
    expect(answers['table']).toEqual(answers['rows']);
    expect(answers['threshold']).toEqual(answers['rows']);
    expect(answers['alone']?.rows).toEqual(answers['rows']?.rows.slice(0, 3));
  });

  it('keeps the rows of files alike, and holds them against the training', async () => {
    const names = Object.keys(ADELIE);
    const lines = Array.from({ length: 300 }, (_, i) =>
      Object.values({
        ...ADELIE,
        island: i === 7 ? 'Atlantis' : ADELIE.island,
        body_mass_g: 9000 + i,
      }).join(),
    );
    lines[9] = lines[9]!.replace('39.1', 'long');
    const before = (await user.service.get(`/models/${modelId}/drift`)).body.nRows;
    const sent = await user.service.request('POST', `/models/${modelId}/predictions`, {
      body: `${names},note\n${lines.map((line) => `${line},x`).join('\n')}\n`,
      headers: { 'content-type': 'text/csv' },
    });
    expectStatus(sent, 202);
    const rows = await kept(sent.body.id, 299);
    // All but the one that was not predicted.
    expect(rows.map(({ row }: { row: number }) => row)).toEqual(
      [...Array(300).keys()].filter((row) => row !== 9),
    );
    expect(rows[0]).toMatchObject({
      protocol: 'file',
      callerId: user.id,
      modelVersion: 1,
      input: { ...ADELIE, body_mass_g: 9000 },
      warnings: expect.arrayContaining([{ code: 'out_of_range', column: 'body_mass_g' }]),
    });
    expect(rows[7].warnings).toContainEqual({ code: 'unseen_category', column: 'island' });
    const { rows: asked } = { rows: [rows[7].input] };
    const reply = await user.service.post(`/models/${modelId}/predict`, { rows: asked });
    expect(reply.body.predictions[0]).toEqual(rows[7].prediction);
    expect((await user.service.get(`/models/${modelId}/drift`)).body.nRows).toBeGreaterThanOrEqual(
      before + 299,
    );
    const told = await user.service.request('PUT', `/predictions/${sent.body.id}/actual`, {
      json: { row: 299, actual: 'Adelie' },
    });
    expectStatus(told, 204);
  });

  it('keeps of files the share that was asked for', async () => {
    const choose = (sampleShare: number) =>
      user.service.request('PUT', `/models/${modelId}/prediction-log`, { json: { sampleShare } });
    expectStatus(await choose(0.1), 200);
    const line = Object.values(ADELIE).join();
    const sent = await user.service.request('POST', `/models/${modelId}/predictions`, {
      body: `${Object.keys(ADELIE)}\n${Array(400).fill(line).join('\n')}\n`,
      headers: { 'content-type': 'text/csv' },
    });
    expectStatus(sent, 202);
    // 40 exactly: the share is of the file, not of each row's luck.
    expect((await kept(sent.body.id)).length).toBeOneOf([40, 41]);
    expectStatus(await choose(1), 200);
  });

  it('does not take a column that is handed through for one that nobody knows', async () => {
    await kept(await predict([{ ...ADELIE, id: 'p1' }], { columns: ['id'] }));
    const { violations } = (await user.service.get(`/models/${modelId}/drift`)).body;
    expect(violations).toContainEqual(
      expect.objectContaining({ column: 'colour', check: 'extra_column_check' }),
    );
    expect(violations).not.toContainEqual(expect.objectContaining({ column: 'id' }));
  });

  it('keeps the rows of others when a caller sends texts that the database has no place for', async () => {
    const odd = { ...ADELIE, note: 'zero \u0000, half \ud83d' };
    const ids = await Promise.all([ADELIE, odd, ADELIE].map((row) => predict([row])));
    const [, second] = await Promise.all(ids.map((id) => kept(id)));
    expect(second[0].input.note).toBe('zero \ufffd, half \ufffd');
  });

  it('scores versions of different tasks, whatever number is said to be true', async () => {
    await trained({ algorithm: 'linear_regression', target: 'body_mass_g', promotion: 'never' });
    const { body_mass_g: _, ...row } = ADELIE;
    const id = await predict([{ ...row, species: 'Adelie' }], {}, { version: 2 });
    await kept(id);
    for (const actual of [1e300, 3750]) {
      const said = await user.service.request('PUT', `/predictions/${id}/actual`, { json: { actual } });
      expectStatus(said, 204);
      const scored = await user.service.get(`/models/${modelId}/performance`);
      expectStatus(scored, 200);
      expect(scored.body.versions.map((each: { version: number }) => each.version)).toEqual([2, 1]);
      expect(scored.body.versions[0].metrics.meanAbsoluteError).toBeGreaterThan(0);
    }
  });

  it('is chosen for models that have a version, and goes with them', async () => {
    const choose = (id: string) =>
      user.service.request('PUT', `/models/${id}/prediction-log`, { json: { sampleShare: 0.5 } });
    const other = await newModel(user, 'Untrained');
    const early = await choose(other);
    expect([early.status, early.body.code]).toEqual([404, 'model_not_trained']);
    await trained({ modelId: other, algorithm: 'gaussian_nb', target: 'species' });
    expectStatus(await choose(other), 200);
    const shareOf = async () => (await user.service.get(`/models/${other}/prediction-log`)).body.sampleShare;
    expect(await shareOf()).toBe(0.5);
    expectStatus(await internalClient(service).request('DELETE', `/internal/models/${other}`), 204);
    await expect.poll(shareOf, { timeout: 20_000 }).toBe(0);
  });

  it('shows nothing to strangers, not even that there is something', async () => {
    const id = await predict([ADELIE]);
    await kept(id);
    const stranger = await newUser(service);
    const unknown = randomUUID();
    for (const each of [id, unknown]) {
      const answer = await stranger.service.get(`/predictions/${each}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'prediction_not_found']);
    }
    expectStatus(await stranger.service.get(`/models/${modelId}/predictions`), 403);
    expectStatus(
      await stranger.service.request('PUT', `/models/${modelId}/prediction-log`, {
        json: { sampleShare: 1 },
      }),
      403,
    );
  });
});
