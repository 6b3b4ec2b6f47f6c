import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  internalClient,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  upload,
} from '../support/users.js';

const N_ROWS = 80;
const WHOLE = { age: 30, job: 'cook', member: true, since: '2020-03-01', code: 7 };

/** A number, a text, a boolean and a date, each with gaps, and a number that is a name. */
function people(): string {
  const lines = ['age,job,member,since,code,label'];
  for (let i = 0; i < N_ROWS; i++) {
    const age = i % 9 === 0 ? '' : 20 + (i % 40);
    const job = i % 11 === 0 ? '' : ['cook', 'nurse', 'smith', 'judge'][i % 4];
    const member = i % 13 === 0 ? '' : i % 2 === 0;
    const since = i % 10 === 0 ? '' : `2020-0${1 + (i % 9)}-01`;
    lines.push(`${age},${job},${member},${since},${i % 10},${i % 40 < 20 ? 'low' : 'high'}`);
  }
  return `${lines.join('\n')}\n`;
}

describe('the options of a pipeline, over HTTP', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;

  beforeAll(async () => {
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user, 'People');
    expectStatus(await upload(user, datasetId, people()), 201);
  });
  afterAll(() => service.stop());

  const request = async (options: object) => ({
    modelId: await newModel(user, `People ${Math.random()}`),
    ownerId: user.id,
    datasetId,
    algorithm: 'decision_tree_classifier',
    target: 'label',
    ...options,
  });

  /** Trains with the options; gives the model's id and what was accepted. */
  async function trained(options: object) {
    const body = await request(options);
    const started = await internalClient(service).post('/internal/trainings', body);
    expectStatus(started, 202);
    expect((await outcomeOf(service, started.body.id)).at(-1)).toMatchObject({ status: 'succeeded' });
    return { modelId: body.modelId, pipeline: started.body.spec.pipeline };
  }

  const predict = (modelId: string, row: object) =>
    user.service.post(`/models/${modelId}/predict`, { rows: [row] });

  it.each<[string, object, object, number]>([
    ['mean', { age: { missing: 'mean' } }, { age: null }, 200],
    ['median', { age: { missing: 'median' } }, { age: null }, 200],
    ['most_frequent', { job: { missing: 'most_frequent' } }, { job: null }, 200],
    ['constant number', { age: { missing: 'constant', fillValue: -1 } }, { age: null }, 200],
    ['constant text', { job: { missing: 'constant', fillValue: 'none' } }, { job: null }, 200],
    ['constant boolean', { member: { missing: 'constant', fillValue: 0 } }, { member: null }, 200],
    ['constant date', { since: { missing: 'constant', fillValue: '2019-01-01' } }, { since: null }, 200],
    ['error for a gap', { age: { missing: 'error' } }, { age: null }, 422],
    ['native', { job: { missing: 'native', encoding: 'one_hot' } }, { job: null }, 200],
    ['ordinal', { job: { encoding: 'ordinal' } }, { job: 'judge' }, 200],
    ['one_hot', { job: { encoding: 'one_hot' } }, { job: 'judge' }, 200],
    ['error for an unseen category', { job: { unseen: 'error' } }, { job: 'king' }, 422],
    ['missing for an unseen category', { job: { unseen: 'missing' } }, { job: 'king' }, 200],
    ['rare for an unseen category', { job: { unseen: 'rare' } }, { job: 'king' }, 200],
    ['another type', { code: { type: 'text' } }, { code: '3' }, 200],
  ])('a column may have the policy: %s', async (_name, columns, change, status) => {
    const { modelId, pipeline } = await trained({ columns });
    const [column, policy] = Object.entries(columns)[0]!;
    expect(pipeline.columns[column]).toMatchObject({ ...policy, ...dateAsNumber(policy) });
    const answer = await predict(modelId, { ...WHOLE, ...change });
    expect(answer.status).toBe(status);
    if (status === 422) {
      expect(answer.body.errors).toEqual([expect.objectContaining({ row: 0, column })]);
      expect(JSON.stringify(answer.body)).not.toContain('king');
    }
    expectStatus(await predict(modelId, { ...WHOLE, ...(column === 'code' ? { code: '7' } : {}) }), 200);
  });

  it.each(['none', 'min_max', 'std'])('features may be scaled: %s', async (normalization) => {
    const { modelId, pipeline } = await trained({ algorithm: 'k_neighbors_classifier', normalization });
    expect(pipeline.normalization).toBe(normalization);
    expectStatus(await predict(modelId, WHOLE), 200);
  });

  it('columns may be dropped, rows held out, a seed and a limit given', async () => {
    const options = { dropColumns: ['code', 'since'], testShare: 0.5, seed: 9, maxRunSeconds: 60 };
    const { modelId, pipeline } = await trained(options);
    expect(pipeline).toMatchObject({ dropColumns: ['code', 'since'], testShare: 0.5, seed: 9 });
    const model = (await user.service.get(`/models/${modelId}`)).body;
    expect(model.signature.inputs.map(({ name }: { name: string }) => name)).toEqual([
      'age',
      'job',
      'member',
    ]);
    const report = (await user.service.get(`/models/${modelId}/report`)).body;
    expect(report.nRows).toMatchObject({ training: N_ROWS / 2, heldOut: N_ROWS / 2 });
  });

  it('a column may say how much each row counts', async () => {
    const weighed = await newDataset(user, 'Weighed people');
    const [head, ...lines] = people().trim().split('\n');
    const rows = lines.map((line) => `${line},${line.endsWith('low') ? 2 : 0}`);
    expectStatus(await upload(user, weighed, `${head},weight\n${rows.join('\n')}\n`), 201);
    const options = { datasetId: weighed, sampleWeight: 'weight' };
    const { modelId, pipeline } = await trained(options);
    expect(pipeline.sampleWeight).toBe('weight');
    for (const change of [{}, { age: 59 }, { code: 0 }]) {
      const answer = await predict(modelId, { ...WHOLE, ...change });
      expectStatus(answer, 200);
      expect(answer.body.predictions[0].label).toBe('low');
    }
    const report = (await user.service.get(`/models/${modelId}/report`)).body;
    expect(report.evaluation.metrics.accuracy).toBe(1);
    for (const [sampleWeight, code] of [
      ['job', 'illegal_policy'],
      ['label', 'illegal_policy'],
      ['nobody', 'unknown_column'],
    ]) {
      const body = await request({ ...options, sampleWeight });
      const refused = await internalClient(service).post('/internal/trainings', body);
      expectStatus(refused, 422);
      expect(refused.body.errors).toEqual([
        expect.objectContaining({ code, argument: 'sampleWeight', column: sampleWeight }),
      ]);
    }
  });

  it('what does not fit together is refused, all of it at once', async () => {
    const body = await request({
      normalization: 'log',
      testShare: null,
      columns: {
        age: { encoding: 'one_hot', missing: 'constant', fillValue: 'x' },
        job: { missing: 'mean', unseen: 'guess' },
        member: { fillValue: 1 },
        nobody: {},
      },
    });
    const text = JSON.stringify(body).replace('"testShare":null', '"testShare":1e999');
    const refused = await internalClient(service).request('POST', '/internal/trainings', {
      body: text,
      headers: { 'content-type': 'application/json' },
      bad: true,
    });
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid_training']);
    const found = refused.body.errors.map(
      ({ argument, column }: Record<string, string>) => `${argument} ${column ?? ''}`,
    );
    expect(found.sort()).toEqual([
      'columns nobody',
      'columns.encoding age',
      'columns.fillValue age',
      'columns.fillValue member',
      'columns.missing job',
      'columns.unseen job',
      'normalization ',
      'testShare ',
    ]);
  });

  it('a prediction may reorder columns and add some, and must not leave some out', async () => {
    const { modelId } = await trained({});
    const plain = (await predict(modelId, WHOLE)).body;
    const reordered = (await predict(modelId, Object.fromEntries(Object.entries(WHOLE).reverse()))).body;
    expect(reordered.predictions).toEqual(plain.predictions);
    const more = (await predict(modelId, { ...WHOLE, extra: 1, label: 'low' })).body;
    expect(more.predictions).toEqual(plain.predictions);
    expect(more.warnings).toEqual([expect.objectContaining({ row: 0, column: 'extra' })]);
    const { age: _age, ...less } = WHOLE;
    const answer = await predict(modelId, less);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([422, expect.stringContaining('"age"')]);
    const wrong = await user.service.post(
      `/models/${modelId}/predict`,
      { rows: [{ ...WHOLE, age: {}, member: [] }] },
      { bad: true },
    );
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors.map(({ column }: { column: string }) => column)).toEqual(['age', 'member']);
  });
});

/** Dates are kept as milliseconds. */
function dateAsNumber(policy: { fillValue?: unknown }): object {
  const { fillValue } = policy;
  return typeof fillValue === 'string' && /^\d{4}-/.test(fillValue)
    ? { fillValue: Date.parse(fillValue) }
    : {};
}
