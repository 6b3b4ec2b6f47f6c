import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

const COLUMNS = [
  'island',
  'bill_length_mm',
  'bill_depth_mm',
  'flipper_length_mm',
  'body_mass_g',
  'sex',
  'year',
];
const DATA = [
  ['Dream', 49.3, 19.9, 203, 4050, 'male', 2009],
  ['Torgersen', 39.1, 18.7, 181, 3750, 'male', 2007],
  ['Biscoe', 46.1, null, 211, 4500, null, 2008],
];
const TEXTS = new Set(['island', 'sex']);
const CSV = [COLUMNS, ...DATA].map((row) => row.map((value) => value ?? '').join(',')).join('\n');
const MAX_BYTES = 20_000;

/** The forms that a protocol has beside its usual one refuse what the usual one refuses, and go on. */
describe('bad input in further forms', () => {
  let trainer: RunningService;
  let service: RunningService;
  let user: TestUser;
  let modelId: string;

  beforeAll(async () => {
    trainer = await startService();
    user = await newUser(trainer);
    const datasetId = await newDataset(user);
    expectStatus(await upload(user, datasetId, await fixture('penguins.csv')), 201);
    modelId = await newModel(user);
    const request = { datasetId, algorithm: 'gaussian_nb', target: 'species' };
    const events = await outcomeOf(trainer, await train(user, modelId, request));
    expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
    await trainer.end();
    service = await startService({
      STORAGE_DIR: trainer.storageDir,
      DATABASE_URL: trainer.databaseUrl,
      DEFAULT_MODEL_ID: modelId,
      PREDICT_MAX_ROWS: '5',
      PREDICT_MAX_BYTES: String(MAX_BYTES),
    });
  });
  afterAll(async () => {
    await service?.stop();
    await trainer?.stop();
  });

  const v2 = (rest: string) => `/v2/models/${modelId}${rest}`;
  const post = (address: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(new URL(address, service.url), {
      method: 'POST',
      body,
      headers: { authorization: user.authorization, 'content-type': 'application/json', ...headers },
    });

  it.each<[string, (data: unknown[][], names: string[]) => object]>([
    ['dataframe_split', (data, columns) => ({ dataframe_split: { columns, data } })],
    ['dataframe_records', (data, names) => ({ dataframe_records: data.map((row) => named(names, row)) })],
    ['instances', (data) => ({ instances: data })],
    ['records as instances', (data, names) => ({ instances: data.map((row) => named(names, row)) })],
    ['inputs', (data, names) => ({ inputs: named(names, columnsOf(data)) })],
  ])('refuses the same of every form of MLflow: %s', async (_, formOf) => {
    const good = JSON.stringify(formOf(DATA, COLUMNS));
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const cases: [string, number, string, Record<string, string>?][] = [
      ['too large', 413, good + ' '.repeat(MAX_BYTES)],
      ['too many rows', 413, JSON.stringify(formOf([...DATA, ...DATA], COLUMNS))],
      ['too deep', 400, good.replace('49.3', deep)],
      ['Infinity', 400, good.replace('49.3', 'Infinity')],
      ['an overflow', 400, good.replace('49.3', '1e999')],
      [
        'a column less',
        400,
        JSON.stringify(
          formOf(
            DATA.map((row) => row.slice(0, -1)),
            COLUMNS.slice(0, -1),
          ),
        ),
      ],
      ['another charset', 415, good, { 'content-type': 'application/json; charset=utf-16' }],
    ];
    for (const [name, status, body, headers] of cases) {
      const response = await post('/invocations', body, headers);
      expect(response.status, name).toBe(status);
      const text = await response.text();
      if (status !== 415) expect(Object.keys(JSON.parse(text)), name).toEqual(['error_code', 'message']);
    }
    const missing = await post('/invocations', good.replace('49.3', 'NaN'));
    expect(missing.status, 'NaN is what the client writes where there is nothing').toBe(200);
    expect(await missing.text()).not.toMatch(/NaN|Infinity/);
  });

  it('refuses the same of CSV', async () => {
    const csv = { 'content-type': 'text/csv' };
    const cases: [string, number, string | Buffer, Record<string, string>][] = [
      ['too large', 413, `${CSV}\n${' '.repeat(MAX_BYTES)}`, csv],
      ['too many rows', 413, [CSV, ...CSV.split('\n').slice(1)].join('\n'), csv],
      ['Infinity', 400, CSV.replace('49.3', 'Infinity'), csv],
      ['an overflow', 400, CSV.replace('49.3', '1e999'), csv],
      ['a column less', 400, CSV.replace(/,[^,\n]*$/gm, ''), csv],
      ['no UTF-8', 400, Buffer.from([...Buffer.from(CSV), 0x0a, 0xff, 0xfe]), csv],
      ['another charset', 415, CSV, { 'content-type': 'text/csv; charset=latin1' }],
      ['no credentials', 401, CSV, { ...csv, authorization: '' }],
    ];
    for (const [name, status, body, headers] of cases) {
      const response = await post('/invocations', body, headers);
      expect(response.status, name).toBe(status);
      const text = await response.text();
      if (status !== 415) expect(Object.keys(JSON.parse(text)), name).toEqual(['error_code', 'message']);
    }
    expect((await post('/invocations', CSV, { 'content-type': 'text/csv; charset=utf-8' })).status).toBe(200);
  });

  it('refuses the same of binary tensors', async () => {
    const doubles = (data: unknown[]) =>
      Buffer.from(
        Float64Array.from(data.map((value) => (value === null ? Number.NaN : Number(value)))).buffer,
      );
    const texts = (data: unknown[]) =>
      Buffer.concat(
        data.map((value) => {
          const text = Buffer.from(String(value ?? ''));
          const length = Buffer.alloc(4);
          length.writeUInt32LE(text.length);
          return Buffer.concat([length, text]);
        }),
      );
    const ask = (data: unknown[][], names = COLUMNS, headers: Record<string, string> = {}, cut = 0) => {
      const parts = names.map((name, k) => (TEXTS.has(name) ? texts : doubles)(data.map((row) => row[k])));
      const inputs = names.map((name, k) => ({
        ...{ name, shape: [data.length], datatype: TEXTS.has(name) ? 'BYTES' : 'FP64' },
        parameters: { binary_data_size: parts[k]!.length },
      }));
      const head = Buffer.from(JSON.stringify({ inputs }));
      const body = Buffer.concat([head, ...parts]);
      return post(v2('/infer'), body.subarray(0, body.length - cut), {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(head.length),
        ...headers,
      });
    };
    const changed = (value: unknown) =>
      DATA.map((row, i) => (i === 0 ? [row[0], value, ...row.slice(2)] : row));
    const good = await ask(DATA);
    expect(good.status).toBe(200);
    // NaN is a missing value there, as null is in JSON.
    const missing = await ask(changed(Number.NaN));
    expect(missing.status).toBe(200);
    expect(await missing.text()).not.toMatch(/\bNaN\b|Infinity/);
    const cases: [string, number, Promise<Response>][] = [
      ['Infinity', 400, ask(changed(Number.POSITIVE_INFINITY))],
      ['minus Infinity', 400, ask(changed(Number.NEGATIVE_INFINITY))],
      ['a column less', 400, ask(DATA, COLUMNS.slice(0, -1))],
      ['too many rows', 413, ask([...DATA, ...DATA])],
      ['bytes missing', 400, ask(DATA, COLUMNS, {}, 8)],
      ['a head beyond the body', 400, ask(DATA, COLUMNS, { 'inference-header-content-length': '999999' })],
      ['no number for the head', 400, ask(DATA, COLUMNS, { 'inference-header-content-length': 'ten' })],
      ['no credentials', 401, ask(DATA, COLUMNS, { authorization: '' })],
      [
        'too large',
        413,
        post(v2('/infer'), Buffer.alloc(MAX_BYTES + 1), { 'inference-header-content-length': '10' }),
      ],
    ];
    for (const [name, status, response] of cases) {
      expect((await response).status, name).toBe(status);
      expect(await (await response).json(), name).toEqual({ error: expect.any(String) });
    }
  });
});

function named(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, k) => [name, values[k]]));
}

function columnsOf(data: readonly unknown[][]): unknown[][] {
  return (data[0] ?? []).map((_, k) => data.map((row) => row[k]));
}
