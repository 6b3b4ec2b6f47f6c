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
