import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL_TYPES } from '../../src/easyml/model-types/index.js';
import { openBundle } from '../../src/models/bundle/open-bundle.js';
import { easymlRequest } from '../support/easyml-client.js';
import { EasymlDataServer } from '../support/easyml-data-server.js';
import { type RunningService, startService } from '../support/service.js';
import { fixture } from '../support/users.js';

const CLASSES = 'species';
const VALUES = 'body_mass_g';
const QUICK: Readonly<Record<string, object>> = {
  mpl_cls: { max_iter: 50 },
  mpl_reg: { max_iter: 50 },
  randomforest_cls: { n_estimators: 20 },
  randomforest_reg: { n_estimators: 20 },
  kmeans: { n_clusters: 3 },
};

describe("beside EasyML's data server", () => {
  let dataServer: EasymlDataServer;
  let service: RunningService;
  let user: { id: number; token: string };
  let penguins: number;
  let csv: string;
  let workDir: string;

  const call = (path: string, options: Parameters<typeof easymlRequest>[1] = {}) =>
    easymlRequest(`${service.url}${path}`, options);
  const asServer = (path: string, json: object | string, method: 'GET' | 'POST' = 'GET') =>
    call(path, { method, json, token: dataServer.privilegedToken });
  const train = (json: object | string) => asServer('/train/', json, 'POST');
  const request = (type: string, modelId: number, more: object = {}) => ({
    model_type: type,
    model_id: modelId,
    user_id: user.id,
    data_id: penguins,
    to_drop: ['year', 'not there'],
    ...(type === 'kmeans' ? {} : { y_col: type.endsWith('_cls') ? CLASSES : VALUES }),
    ...QUICK[type],
    ...more,
  });
  const upload = (id: number, bytes: string | Buffer, ending = 'csv', token = user.token) =>
    call(`/upload/${ending}/${id}`, { method: 'POST', bytes, token });
  async function trained(type: string, more: object = {}) {
    const modelId = dataServer.newModel(user.id, type);
    expect(await train(request(type, modelId, more))).toMatchObject({
      status: 202,
      body: { detail: 'Started training' },
    });
    const { status, extra } = await dataServer.notified(modelId);
    return { modelId, status, extra };
  }
  const predict = (modelId: number, bytes: string | Buffer) =>
    call(`/predict/${modelId}`, { method: 'POST', bytes, token: user.token });
  const downloaded = (modelId: number) => call(`/download/p/${modelId}`, { token: user.token });

  beforeAll(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'trainyard-test-easyml-'));
    dataServer = await EasymlDataServer.start();
    service = await startService({
      DATA_SERVER_KIND: 'easyml',
      DATA_SERVER_URL: dataServer.url,
      EASYML_USERNAME: dataServer.username,
      EASYML_PASSWORD: dataServer.password,
      PREDICTION_FILES_WAITING: '1',
      PREDICTION_LOG_PERCENT: '100',
    });
    user = dataServer.newUser();
    penguins = dataServer.newDataset(user.id);
    csv = (await fixture('penguins.csv')).toString('utf8');
    expect((await upload(penguins, csv)).status).toBe(201);
  });
  afterAll(async () => {
    await service?.stop();
    await dataServer?.stop();
    await rm(workDir, { recursive: true, force: true });
  });

  it('is alive, and has logged in when it was first needed', async () => {
    expect(await call('/')).toMatchObject({ status: 200, bytes: Buffer.alloc(0) });
    expect((await call('/', { method: 'HEAD' })).status).toBe(200);
    expect(dataServer.nLogins).toBe(1);
  });

  it('describes a data set to its owner as pandas would', async () => {
    const answer = await asServer('/info/d/', { user_id: user.id, data_id: penguins });
    expect(answer).toMatchObject({ status: 200, body: { type: 'csv' } });
    expect(answer.body.columns).toContainEqual({ name: 'species', type: 'object', null_count: 0 });
    expect(answer.body.columns).toContainEqual({ name: 'year', type: 'int64', null_count: 0 });
    expect(answer.body.columns).toContainEqual({ name: 'body_mass_g', type: 'float64', null_count: 2 });
  });

  it.each(MODEL_TYPES)(
    'trains $name, tells it, predicts with it and hands it out',
    async ({ name, isSupervised }) => {
      const { modelId, status, extra } = await trained(name);
      expect({ status, extra }).toMatchObject({
        status: 'done',
        extra: {
          user_id: user.id,
          model_id: modelId,
          to_drop: ['year', 'not there'],
          y_col: isSupervised ? (name.endsWith('_cls') ? CLASSES : VALUES) : null,
          dataset_info: { id: penguins, type: 'csv', normalization_method: null },
        },
      });
      const params = MODEL_TYPES.find((type) => type.name === name)!.arguments.map((argument) => ({
        name: argument.name,
        humanName: argument.label,
      }));
      expect(extra.params).toMatchObject(params);
      const info = await asServer('/info/m/', { user_id: user.id, model_id: modelId });
      expect(info).toMatchObject({ status: 200, body: extra });

      // Without the label's column, which is what is to be found out.
      const label = isSupervised ? (name.endsWith('_cls') ? CLASSES : VALUES) : undefined;
      expect(await predict(modelId, without(csv, label))).toMatchObject({
        status: 201,
        body: { endpoint: `/download/p/${modelId}` },
      });
      const predictions = await downloaded(modelId);
      expect(predictions.headers['content-disposition']).toBe(`attachment; filename="Model ${name}.csv"`);
      const [header, ...rows] = predictions.bytes.toString('utf8').trimEnd().split('\n');
      expect(header).toBe(label ?? 'cluster');
      expect(rows).toHaveLength(csv.trimEnd().split('\n').length - 1);
      if (label === CLASSES)
        expect(['Adelie', 'Gentoo', 'Chinstrap']).toEqual(expect.arrayContaining([...new Set(rows)]));
      else expect(rows.every((row) => Number.isFinite(Number(row)))).toBe(true);

      const file = await call(`/download/m/${modelId}`, { token: user.token });
      expect(file.headers['content-disposition']).toBe(`attachment; filename="Model ${name}.zip"`);
      const path = join(workDir, `${name}.zip`);
      await writeFile(path, file.bytes);
      const { manifest } = await openBundle(path);
      expect(manifest.model.name).toBe(`Model ${name}`);
      expect(Object.keys(manifest.parts)).toEqual(
        expect.arrayContaining(['model', 'label_encoders', 'normalize_scaler']),
      );
    },
  );

  describe('scores', () => {
    it('values by the root of the squared error, too', async () => {
      const { scoring } = (await trained('linearreg')).extra;
      expect(Object.keys(scoring)).toEqual(expect.arrayContaining(['r2', 'explained_variance', 'max_error']));
      expect(scoring.neg_root_mean_squared_error).toBeCloseTo(Math.sqrt(scoring.neg_mean_squared_error), 9);
      expect(scoring.neg_mean_absolute_error).toBeGreaterThan(0);
    });

    it('classes by accuracy, and two classes by what only two can have', async () => {
      const many = (await trained('knn_cls')).extra.scoring;
      expect(many.accuracy).toBeGreaterThan(0.5);
      expect(many).not.toHaveProperty('roc_auc');
      const two = (await trained('randomforest_cls', { y_col: 'sex' })).extra.scoring;
      expect(Object.keys(two).sort()).toEqual([
        'accuracy',
        'average_precision',
        'balanced_accuracy',
        'f1',
        'jaccard',
        'neg_brier_score',
        'neg_log_loss',
        'precision',
        'recall',
        'roc_auc',
      ]);
    });

    it('clusters against known classes, on scaled data', async () => {
      const options = { y_col: CLASSES, to_drop: ['year', 'sex', 'island'], normalization_method: 'std' };
      const scaled = (await trained('kmeans', options)).extra;
      expect(scaled.scoring.adjusted_rand_score).toBeGreaterThan(0.6);
      expect(scaled.scoring.v_measure_score).toBeGreaterThan(0.6);
      // Without it, body mass in grams decides alone: what rows that miss their scaling would score.
      const unscaled = (await trained('kmeans', { ...options, normalization_method: null })).extra;
      expect(unscaled.scoring.adjusted_rand_score).toBeLessThan(0.5);
      expect(scaled.dataset_info.normalization_method).toBe('std');
    });
  });

  describe('predictions', () => {
    const row = (island: string, sex: string) => `${island},39.1,18.7,181.5,3750.5,${sex},2007\n`;
    const HEAD = 'island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year\n';
    let modelId: number;
    beforeAll(async () => {
      ({ modelId } = await trained('decisiontree_cls', { to_drop: ['year', 'flipper_length_mm'] }));
    });
    const predicted = async (text: string) => {
      expect((await predict(modelId, text)).status).toBe(201);
      return (await downloaded(modelId)).bytes.toString('utf8').trimEnd().split('\n').slice(1);
    };

    it('use the codes of the training: a row means the same in any company', async () => {
      // The text alone decides: codes learned anew from one row would all be the first one.
      const colours = ['green', 'red', 'yellow'];
      const rows = Array.from({ length: 60 }, (_, i) => `${colours[i % 3]},kind of ${colours[i % 3]}\n`);
      const data_id = dataServer.newDataset(user.id);
      expect((await upload(data_id, `colour,kind\n${rows.join('')}`)).status).toBe(201);
      const fruit = await trained('decisiontree_cls', { data_id, to_drop: [], y_col: 'kind' });
      for (const colour of [...colours].reverse()) {
        expect((await predict(fruit.modelId, `colour\n${colour}\n`)).status).toBe(201);
        const { bytes } = await downloaded(fruit.modelId);
        expect(bytes.toString('utf8')).toBe(`kind\nkind of ${colour}\n`);
      }
    });

    it('take a text that was not seen for a missing one', async () => {
      expect(await predicted(HEAD + row('Atlantis', 'male'))).toHaveLength(1);
    });

    it('tell every column that is absent, of another type or unknown', async () => {
      const answer = await predict(modelId, 'island,body_mass_g,sex,wings\n1,3750.5,male,2\n');
      expect(answer.status).toBe(400);
      const detail = 'Missing column that was not dropped during training';
      expect(answer.body.invalid_columns).toEqual([
        { detail: 'Unexpected type', name: 'island', expected_type: 'object' },
        { detail, name: 'wings' },
        { detail, name: 'bill_length_mm' },
        { detail, name: 'bill_depth_mm' },
      ]);
    });

    it('are so many at once, and go into the log; beyond that the caller is told when to come again', async () => {
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => predict(modelId, HEAD + row('Dream', 'male').repeat(20))),
      );
      const statuses = answers.map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([201, 429]));
      const away = answers.find(({ status }) => status === 429)!;
      expect(away.body).toEqual({ detail: expect.any(String) });
      expect(Number(away.headers['retry-after'])).toBeGreaterThan(0);
      expect((await predict(modelId, HEAD + row('Dream', 'male'))).status).toBe(201);

      const client = new pg.Client(service.databaseUrl);
      await client.connect();
      const kept = async () =>
        (
          await client.query(
            `select caller_id as caller, input->>'island' as island, count(*)::int as n from predictions
             where protocol = 'easyml' and model_id = $1 and input->>'island' = 'Dream' group by 1, 2`,
            [String(modelId)],
          )
        ).rows;
      const nPredicted = statuses.filter((status) => status === 201).length;
      await expect.poll(kept).toEqual([{ caller: String(user.id), island: 'Dream', n: 20 * nPredicted + 1 }]);
      await client.end();
    });

    it('refuse what is no table of the training format', async () => {
      expect(await predict(modelId, '{"columns": [], "data": []}')).toMatchObject({ status: 415 });
      expect(await predict(modelId, '')).toMatchObject({ status: 415 });
    });
  });
});

/** The same table without a column. */
function without(csv: string, column: string | undefined): string {
  const lines = csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const at = column === undefined ? -1 : lines[0]!.map((name) => name.replaceAll('"', '')).indexOf(column);
  return `${lines.map((cells) => cells.filter((_, index) => index !== at).join(',')).join('\n')}\n`;
}
