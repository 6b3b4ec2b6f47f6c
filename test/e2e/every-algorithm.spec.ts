import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipelineToParts } from '../../src/learn/pipeline/pipeline-parts.js';
import { ALGORITHMS } from '../../src/learn/registry.js';
import { openBundle } from '../../src/models/bundle/open-bundle.js';
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

/** Penguins as a visitor might describe them: complete, with gaps, and of an island nobody has heard of. */
const ROWS = [
  {
    species: 'Adelie',
    island: 'Biscoe',
    bill_length_mm: 47.5,
    bill_depth_mm: 14.2,
    flipper_length_mm: 209,
    body_mass_g: 4600,
    sex: 'female',
    year: 2008,
  },
  {
    species: 'Gentoo',
    island: 'Dream',
    bill_length_mm: null,
    bill_depth_mm: 18.1,
    flipper_length_mm: 181,
    body_mass_g: 3200,
    sex: null,
    year: 2009,
  },
  {
    species: 'Chinstrap',
    island: 'Atlantis',
    bill_length_mm: 39.1,
    bill_depth_mm: 18.7,
    flipper_length_mm: 190,
    body_mass_g: 3750,
    sex: 'male',
    year: 2007,
  },
];

const TARGETS = { classification: 'species', regression: 'body_mass_g', clustering: null };

/** What an algorithm needs to be told beside its name. */
const OPTIONS: Readonly<Record<string, object>> = {
  multinomial_nb: { normalization: 'none' },
  categorical_nb: {
    normalization: 'none',
    dropColumns: ['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'],
    columns: { year: { type: 'text', encoding: 'ordinal' } },
  },
  mlp_classifier: { parameters: { maxIter: 50 } },
  mlp_regressor: { parameters: { maxIter: 50 } },
  k_means: { dropColumns: ['species'], parameters: { nClusters: 3 } },
};

describe('every algorithm of the registry, from the request to the bundle', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;
  let workDir: string;

  beforeAll(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'trainyard-test-bundles-'));
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
  });
  afterAll(async () => {
    await service.stop();
    await rm(workDir, { recursive: true, force: true });
  });

  it('offers what the registry has', async () => {
    const { body } = await internalClient(service).get('/internal/algorithms');
    expect(body.algorithms.map(({ name }: { name: string }) => name)).toEqual(
      ALGORITHMS.map(({ name }) => name),
    );
  });

  it.each(ALGORITHMS.map(({ name, task }) => ({ name, task })))(
    '$name trains on real data, predicts, and its bundle alone has equal bytes and gives the same numbers',
    async ({ name, task }) => {
      const modelId = await newModel(user, name);
      const started = await internalClient(service).post('/internal/trainings', {
        modelId,
        ownerId: user.id,
        datasetId,
        algorithm: name,
        target: TARGETS[task],
        seed: 3,
        ...OPTIONS[name],
      });
      expectStatus(started, 202);
      const outcome = (await outcomeOf(service, started.body.id)).at(-1);
      expect(outcome).toMatchObject({ status: 'succeeded', modelVersion: 1 });

      const predicted = await user.service.post(`/models/${modelId}/predict`, { rows: ROWS });
      expectStatus(predicted, 200);

      const response = await fetch(`${service.url}/models/${modelId}/bundle`, {
        headers: { authorization: user.authorization },
      });
      const path = join(workDir, `${name}.zip`);
      await writeFile(path, Buffer.from(await response.arrayBuffer()));
      // Opening replays the golden rows; a difference in the last bit would refuse the bundle.
      const { pipeline, parts } = await openBundle(path);
      // What was read says of itself what the file says, every tensor to the bit.
      const { signature: _signature, ...again } = pipelineToParts(pipeline);
      expect(again).toEqual(parts);
      const { outputs, problems } = pipeline.predictRows(ROWS);
      expect(problems).toEqual([]);
      expect(JSON.parse(JSON.stringify(pipeline.decode(outputs, ROWS.length)))).toEqual(
        predicted.body.predictions,
      );
    },
  );
});
