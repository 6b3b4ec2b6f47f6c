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

const N_ROWS = 60;
const COLORS = ['red', 'green', 'blue'];

/** A small table with one column for each oddity. */
function oddRows(): string {
  const lines = ['size,color,label,constant,unique,gaps,empty,score'];
  for (let i = 0; i < N_ROWS; i++) {
    const label = i % 3 === 0 ? 'yes' : 'no';
    const gaps = i % 4 === 0 ? '' : label;
    lines.push(`${i},${COLORS[i % 3]},${label},same,id-${i},${gaps},,${i / 2}`);
  }
  return `${lines.join('\n')}\n`;
}

describe('data that is odd', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;

  beforeAll(async () => {
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user, 'Odd');
    expectStatus(await upload(user, datasetId, oddRows()), 201);
  });
  afterAll(() => service.stop());

  async function start(request: object) {
    const modelId = await newModel(user, `Odd ${Math.random()}`);
    const started = await internalClient(service).post('/internal/trainings', {
      modelId,
      ownerId: user.id,
      datasetId,
      algorithm: 'decision_tree_classifier',
      ...request,
    });
    return { modelId, started };
  }

  it.each([
    ['is no column', { target: 'nothing' }, 'unknown_column'],
    ['is constant', { target: 'constant' }, 'constant_target'],
    ['has missing values only', { target: 'empty' }, 'missing_target_values'],
    ['is no number', { target: 'color', algorithm: 'decision_tree_regressor' }, 'target_not_numeric'],
  ])('refuses a target at once that %s', async (_what, request, code) => {
    const { started } = await start(request);
    expect([started.status, started.body.code]).toEqual([422, 'invalid_training']);
    expect(started.body.errors).toEqual([expect.objectContaining({ code, argument: 'target' })]);
  });

  it.each<[string, object, object]>([
    [
      'more neighbours than rows',
      { algorithm: 'k_neighbors_classifier', parameters: { nNeighbors: 500 } },
      { status: 'succeeded' },
    ],
    [
      'more clusters than rows',
      { algorithm: 'k_means', target: undefined, parameters: { nClusters: 500 } },
      { status: 'failed', error: { code: 'not_enough_rows' } },
    ],
    ['a class that weighs nothing', { parameters: { classWeight: { yes: 0 } } }, { status: 'succeeded' }],
    [
      'classes that all weigh nothing',
      { parameters: { classWeight: { yes: 0, no: 0 } } },
      { status: 'failed', error: { code: 'not_enough_rows' } },
    ],
  ])('answers %s', async (_what, request, outcome) => {
    const { started } = await start({ target: 'label', ...request });
    expectStatus(started, 202);
    expect((await outcomeOf(service, started.body.id)).at(-1)).toMatchObject(outcome);
  });

  it('refuses 5,000 classes, and takes 10,000 categories, numbers beyond 2^53 and near the largest', async () => {
    const lines = ['y,category,id,huge,label'];
    for (let i = 0; i < 12_000; i++) {
      const id = (2n ** 53n + BigInt(2 * i)).toString();
      lines.push(`c${i % 5000},k${i % 10_000},${id},${i % 7}.5e307,${i % 2 === 0 ? 'even' : 'odd'}`);
    }
    const many = await newDataset(user, 'Many');
    expectStatus(await upload(user, many, `${lines.join('\n')}\n`), 201);
    const refused = await start({ datasetId: many, target: 'y' });
    const last =
      refused.started.status === 202
        ? (await outcomeOf(service, refused.started.body.id)).at(-1)
        : { error: refused.started.body.errors[0] };
    expect(last).toMatchObject({ error: { code: 'too_many_classes' } });
    const taken = await start({ datasetId: many, target: 'label', dropColumns: ['y'] });
    expectStatus(taken.started, 202);
    const end = (await outcomeOf(service, taken.started.body.id)).at(-1);
    expect(end).toMatchObject({ status: 'succeeded' });
    expect(String(end?.['warnings'])).toContain('beyond 2^53');
  });

  it('takes cells that say NaN or infinity for missing, and refuses them as numbers of a prediction', async () => {
    const words = ['NaN', 'inf', '-Infinity', ''];
    const lines = Array.from(
      { length: N_ROWS },
      (_, i) => `${i % 5 === 0 ? words[(i / 5) % 4] : i},c${i % 2}`,
    );
    const dataset = await newDataset(user, 'Not finite');
    expectStatus(await upload(user, dataset, `${['x,label', ...lines].join('\n')}\n`), 201);
    const { columns } = (await user.service.get(`/datasets/${dataset}`)).body;
    expect(columns[0]).toMatchObject({ name: 'x', type: 'number', nullCount: N_ROWS / 5 });
    const { modelId, started } = await start({ datasetId: dataset, target: 'label' });
    expect((await outcomeOf(service, started.body.id)).at(-1)).toMatchObject({ status: 'succeeded' });
    for (const x of ['"NaN"', '1e999']) {
      const answer = await user.service.request('POST', `/models/${modelId}/predict`, {
        body: `{"rows": [{"x": ${x}}]}`,
        headers: { 'content-type': 'application/json' },
        bad: true,
      });
      expect([x, answer.status, answer.body.errors?.[0]?.column]).toEqual([x, 422, 'x']);
    }
  });

  it('refuses one row, and rows that all weigh nothing', async () => {
    const single = await newDataset(user, 'Single');
    expectStatus(await upload(user, single, 'x,label,weight\n1,a,0\n'), 201);
    const { started } = await start({ datasetId: single, target: 'label' });
    expect([started.status, started.body.code]).toEqual([422, 'invalid_training']);
    expect(started.body.errors).toEqual([
      expect.objectContaining({ code: 'constant_target', argument: 'target' }),
    ]);
    const lines = Array.from({ length: N_ROWS }, (_, i) => `${i},c${i % 2},0`);
    const weightless = await newDataset(user, 'Weightless');
    expectStatus(await upload(user, weightless, `${['x,label,weight', ...lines].join('\n')}\n`), 201);
    const weighed = await start({ datasetId: weightless, target: 'label', sampleWeight: 'weight' });
    expectStatus(weighed.started, 202);
    expect((await outcomeOf(service, weighed.started.body.id)).at(-1)).toMatchObject({
      status: 'failed',
      error: { code: 'not_enough_rows' },
    });
  });

  it('trains on classes of fewer members than folds, on rows that repeat, and on classes that a line separates', async () => {
    const lines = Array.from({ length: N_ROWS }, (_, i) => {
      const side = i % 2 === 0 ? 'left' : 'right';
      return `${i % 2 === 0 ? 1 : 1000},${COLORS[i % 3]},${i === 0 ? 'once' : i < 3 ? 'twice' : side},${side}`;
    });
    const dataset = await newDataset(user, 'Repeated');
    expectStatus(await upload(user, dataset, `${['x,color,rare,side', ...lines].join('\n')}\n`), 201);
    for (const request of [
      // Codes by target are learned in five folds.
      { algorithm: 'logistic_regression', target: 'rare', columns: { color: { encoding: 'target' } } },
      { algorithm: 'hist_gradient_boosting_classifier', target: 'rare', parameters: { earlyStopping: true } },
      { algorithm: 'logistic_regression', target: 'side', parameters: { penalty: 'none' } },
      { algorithm: 'linear_svc', target: 'side' },
    ]) {
      const { modelId, started } = await start({ datasetId: dataset, ...request });
      expectStatus(started, 202);
      const last = (await outcomeOf(service, started.body.id)).at(-1);
      expect([request.algorithm, last?.['status']]).toEqual([request.algorithm, 'succeeded']);
      if (request.target !== 'side') continue;
      const { body } = await user.service.post(`/models/${modelId}/predict`, {
        rows: [{ x: 1000, color: 'red', rare: 'right' }],
      });
      expect(body.predictions[0].label).toBe('right');
    }
  });

  it('fails with the reason when every row has a class of its own', async () => {
    const { started } = await start({ target: 'unique' });
    const last = (await outcomeOf(service, started.body.id)).at(-1);
    expect(last).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'target_all_unique' } });
    const { body } = await internalClient(service).get('/internal/callbacks', {
      query: { subject: started.body.id },
    });
    expect(body.deliveries.map(({ type }: { type: string }) => type)).toEqual(['training.failed']);
  });

  it('leaves rows without a target out, drops columns without values, and says so', async () => {
    const { modelId, started } = await start({ target: 'gaps' });
    const last = (await outcomeOf(service, started.body.id)).at(-1);
    expect(last).toMatchObject({ status: 'succeeded' });
    const warnings = String(last?.['warnings']);
    expect(warnings).toContain('15 rows without a value in the target were left out.');
    expect(warnings).toContain('Column "empty" has no values; it was dropped.');
    expect(warnings).toContain('Column "constant" has the same value in every training row; it was dropped.');
    const report = (await user.service.get(`/models/${modelId}/report`)).body;
    expect(report.nRows).toMatchObject({ table: N_ROWS, used: 45 });
    const { inputs } = (await user.service.get(`/models/${modelId}`)).body.signature;
    expect(inputs.map(({ name }: { name: string }) => name)).not.toContain('empty');
  });
});
