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
  train,
  upload,
} from '../support/users.js';

const STEPS = [
  { step: 'filter', condition: 'body_mass_g is not null' },
  { step: 'sample', share: 0.9, seed: 4 },
  { step: 'deduplicate' },
  { step: 'fill', column: 'bill_depth_mm', with: 'median' },
  { step: 'clip', column: 'bill_length_mm', minimum: 30, maximum: 60 },
  { step: 'derive', column: 'bill_ratio', expression: 'bill_length_mm / bill_depth_mm' },
  { step: 'derive', column: 'is_heavy', expression: "case when body_mass_g > 4500 then 'yes' else 'no' end" },
  { step: 'group_rare', column: 'island', minimumRows: 60, into: 'other' },
  { step: 'rename', column: 'island', to: 'home' },
  { step: 'drop', columns: ['bill_length_mm', 'body_mass_g', 'sex', 'year'] },
];
const ROW = {
  island: 'Dream',
  bill_length_mm: 95,
  bill_depth_mm: 18.7,
  flipper_length_mm: 181,
  body_mass_g: 3750,
};

describe('a training with a recipe', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;
  const putRecipe = (name: string, steps: object[]) =>
    user.service.request('PUT', `/datasets/${datasetId}/recipes/${name}`, { json: { steps } });

  beforeAll(async () => {
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    expectStatus(await putRecipe('beaks', STEPS), 201);
  });
  afterAll(() => service.stop());

  it('learns what the recipe makes, and predicts rows of the data set', async () => {
    const modelId = await newModel(user, 'Beaks');
    const trainingId = await train(user, modelId, {
      datasetId,
      algorithm: 'random_forest_classifier',
      target: 'species',
      recipe: 'beaks',
    });
    const last = (await outcomeOf(service, trainingId)).at(-1);
    expect(last).toMatchObject({
      status: 'succeeded',
      spec: { recipe: { name: 'beaks', version: 1, steps: STEPS } },
    });

    const { body: model } = await user.service.get(`/models/${modelId}`);
    expect(model.signature.inputs.map(({ name }: { name: string }) => name)).toEqual([
      'island',
      'bill_length_mm',
      'bill_depth_mm',
      'flipper_length_mm',
      'body_mass_g',
    ]);
    expect([...model.signature.ignored].sort()).toEqual(['sex', 'species', 'year']);
    const report = await internalClient(service).get(`/internal/models/${modelId}/versions/1/report`);
    expect(report.body.recipe).toEqual({ name: 'beaks', version: 1 });
    expect(report.body.columns.used.map(({ name }: { name: string }) => name)).toContain('bill_ratio');

    const predict = (row: object) => user.service.post(`/models/${modelId}/predict`, { rows: [row] });
    const first = await predict(ROW);
    expectStatus(first, 200);
    // What is clipped makes no difference, and a column that nobody needs is no surprise.
    const clipped = await predict({ ...ROW, bill_length_mm: 60, sex: 'male', year: 2007 });
    expect(clipped.body.predictions).toEqual(first.body.predictions);
    expect(clipped.body.warnings).toEqual([]);
    expectStatus(await predict({ ...ROW, bill_depth_mm: null }), 200);
    const { body_mass_g: _, ...without } = ROW;
    const refused = await predict(without);
    expect([refused.status, refused.body.errors[0].code, refused.body.errors[0].column]).toEqual([
      422,
      'missing_column',
      'body_mass_g',
    ]);
  });

  it('is refused where the recipe does not fit', async () => {
    expectStatus(
      await putRecipe('leak', [{ step: 'derive', column: 'x', expression: 'length(species)' }]),
      201,
    );
    const start = async (changes: object) => {
      const request = { modelId: await newModel(user, `M ${Math.random()}`), ownerId: user.id, datasetId };
      const json = { ...request, algorithm: 'random_forest_classifier', target: 'species', ...changes };
      const { status, body } = await internalClient(service).post('/internal/trainings', json);
      return [
        status,
        ...(body.errors ?? []).map((item: Record<string, string>) => `${item['argument']} ${item['code']}`),
      ];
    };
    expect(await start({ recipe: 'none' })).toEqual([422, 'recipe unknown_recipe']);
    expect(await start({ recipe: 'beaks', recipeVersion: 9 })).toEqual([422, 'recipeVersion unknown_recipe']);
    expect(await start({ recipeVersion: 1 })).toEqual([422, 'recipe missing_argument']);
    expect(await start({ recipe: 'beaks', target: 'island' })).toEqual([422, 'target unknown_column']);
    expect(await start({ recipe: 'leak' })).toEqual([422, 'recipe leaks_target']);
    expect(await start({ recipe: 'leak', dropColumns: ['x'] })).toEqual([202]);
  });
});
