import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { read, utils } from '@e965/xlsx';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContractClient } from '../support/contract-client.js';
import { processesOf } from '../support/processes.js';
import { type RunningService, startService } from '../support/service.js';
import {
  expectStatus,
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  SERVICE_CONTRACT,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

const INPUTS = [
  'island',
  'bill_length_mm',
  'bill_depth_mm',
  'flipper_length_mm',
  'body_mass_g',
  'sex',
  'year',
];
const CLASSES = ['Adelie', 'Chinstrap', 'Gentoo'];
const ADDED = [
  'species_predicted',
  ...CLASSES.map((label) => `species_probability_${label}`),
  'warnings',
  'error',
];

type Row = Record<string, string | number | boolean | null>;

describe('files of rows that are predicted as a whole', () => {
  let service: RunningService;
  /** The same, after it was stopped. */
  let next: RunningService | undefined;
  let user: TestUser;
  let modelId: string;
  let csv: Buffer;
  /** As the data set has them. */
  let rows: Row[];

  const path = (id?: string, rest = '') =>
    `/models/${modelId}/predictions${id === undefined ? '' : `/${id}${rest}`}`;
  async function send(body: string | Buffer, type = 'text/csv', query: Record<string, string> = {}) {
    const answer = await user.service.request('POST', path(), {
      body,
      query,
      headers: { 'content-type': type },
    });
    expectStatus(answer, 202);
    expect(answer.headers.get('location')).toBe(path(answer.body.id));
    return answer.body.id as string;
  }
  async function statesOf(id: string) {
    const states: Record<string, unknown>[] = [];
    for await (const state of user.service.events(path(id, '/events'), 'PredictionFile')) states.push(state);
    return states;
  }
  // biome-ignore lint/suspicious/noExplicitAny: every state was checked by the contract.
  const endOf = async (id: string): Promise<any> => (await statesOf(id)).at(-1);
  async function contentOf(id: string, query: Record<string, string> = {}) {
    const answer = await user.service.get(path(id, '/content'), { query });
    expectStatus(answer, 200);
    return answer;
  }
  async function predicted(
    body: string | Buffer,
    type?: string,
    query?: Record<string, string>,
  ): Promise<Row[]> {
    const id = await send(body, type, query);
    expect(await endOf(id)).toMatchObject({ error: null, status: 'succeeded' });
    return JSON.parse((await contentOf(id, { format: 'json' })).bytes.toString());
  }

  beforeAll(async () => {
    service = await startService({ PREDICTION_FILES_WAITING: '2', PREDICTION_FILES_THREADS: '2' });
    user = await newUser(service);
    const datasetId = await newDataset(user);
    csv = await fixture('penguins.csv');
    expectStatus(await upload(user, datasetId, csv), 201);
    modelId = await newModel(user);
    const request = { datasetId, algorithm: 'random_forest_classifier', target: 'species' };
    const events = await outcomeOf(service, await train(user, modelId, request));
    expect(events.at(-1)).toMatchObject({ error: null, status: 'succeeded' });
    rows = await predicted(csv);
  });
  afterAll(async () => {
    await next?.stop();
    await service?.stop();
  });

  it('gives every row the numbers of POST /predict, to the bit', async () => {
    expect(rows).toHaveLength(344);
    const asked = rows.map((row) => Object.fromEntries(INPUTS.map((name) => [name, row[name]])));
    const reply = await user.service.post(`/models/${modelId}/predict`, { rows: asked });
    expectStatus(reply, 200);
    const nWarnings = new Array<number>(rows.length).fill(0);
    for (const { row } of reply.body.warnings) nWarnings[row]!++;
    for (const [i, row] of rows.entries()) {
      const { label, probabilities } = reply.body.predictions[i];
      expect(row['species_predicted']).toBe(label);
      for (const name of CLASSES) {
        expect(Object.is(row[`species_probability_${name}`], probabilities[name])).toBe(true);
      }
      expect([row['warnings'], row['error']]).toEqual([nWarnings[i], null]);
    }
    expect(nWarnings.some((n) => n > 0)).toBe(true);
  });

  it('tells how far it is, from the receipt to the end', async () => {
    const id = await send(csv, 'text/csv', { fileName: 'north.csv' });
    const states = await statesOf(id);
    expect(states.at(-1)).toMatchObject({
      id,
      modelId,
      modelVersion: 1,
      status: 'succeeded',
      progress: 1,
      etaSeconds: null,
      format: 'csv',
      fileName: 'north.csv',
      nBytes: csv.length,
      nRows: 344,
      nRowsWithProblems: 0,
      error: null,
      columns: { prediction: 'species_predicted', warnings: 'warnings', error: 'error' },
    });
    const progress = states.map((state) => state['progress'] as number);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
    expect((await user.service.get(path(id))).body).toEqual(states.at(-1));
  });

  it('joins the inputs as they were, in the format that was sent, for ranges and tags', async () => {
    const id = await send(csv, 'text/csv', { fileName: 'north.csv' });
    await endOf(id);
    const whole = await contentOf(id);
    expect(whole.headers.get('content-type')).toBe('text/csv');
    expect(whole.headers.get('content-disposition')).toContain('north_predicted.csv');
    const [header, ...lines] = whole.bytes.toString().trimEnd().split('\n');
    const names = csv.toString().split('\n')[0]!.trim().split(',');
    expect(header).toBe([...names, ...ADDED].map((name) => `"${name}"`).join(','));
    expect(lines).toHaveLength(344);
    const etag = whole.headers.get('etag')!;
    const part = await user.service.get(path(id, '/content'), { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.bytes.toString()]).toEqual([206, whole.bytes.subarray(10, 20).toString()]);
    const again = await user.service.get(path(id, '/content'), { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    const head = await user.service.request('HEAD', path(id, '/content'));
    expect(head.headers.get('content-length')).toBe(String(whole.bytes.length));
  });

  it('writes every format from the same numbers', async () => {
    const id = await send(csv);
    await endOf(id);
    const all = async (format: string) => (await contentOf(id, { format })).bytes;
    const asRows = (text: string): Row[] =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    expect(asRows((await all('jsonl')).toString())).toEqual(rows);
    const arrow = tableFromIPC(await all('arrow'));
    expect(arrow.toArray().map((row) => row!.toJSON())).toEqual(rows);
    for (const format of ['xlsx', 'xls', 'ods']) {
      const { SheetNames: sheets, Sheets: book } = read(await all(format));
      expect(utils.sheet_to_json(book[sheets[0]!]!, { defval: null })).toEqual(rows);
    }
    // Sent again, with its own columns beside those that are added anew.
    for (const [format, type] of [
      ['tsv', 'text/tab-separated-values'],
      ['parquet', 'application/vnd.apache.parquet'],
      ['arrow', 'application/vnd.apache.arrow.file'],
      ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
      ['json', 'application/json'],
    ] as const) {
      const twice = await predicted(await all(format), type);
      expect(twice.map((row) => row['species_predicted_2'])).toEqual(
        rows.map((row) => row['species_predicted']),
      );
      for (const label of CLASSES) {
        const first = `species_probability_${label}`;
        expect(twice.map((row) => row[first])).toEqual(rows.map((row) => row[first]));
        expect(twice.map((row) => row[`${first}_2`])).toEqual(rows.map((row) => row[first]));
      }
    }
  });

  it("keeps the layout of JSON, and opens what is packed; the query is an upload's", async () => {
    const [first] = rows;
    const data = [INPUTS.map((name) => first![name])];
    const split = JSON.stringify({ columns: INPUTS, index: [0], data });
    const id = await send(split, 'application/json');
    expect(await endOf(id)).toMatchObject({ error: null, status: 'succeeded', format: 'json' });
    const answer = JSON.parse((await contentOf(id)).bytes.toString());
    expect(answer.columns).toEqual([...INPUTS, ...ADDED]);
    expect(answer.index).toEqual([0]);
    expect(answer.data[0].slice(0, 8)).toEqual([...data[0]!, first!['species_predicted']]);
    const german = `${INPUTS.join(';')}\n${data[0]!.join(';').replaceAll('.', ',')}\n`;
    const read = await predicted(gzipSync(german), 'application/gzip', { delimiter: ';', decimal: ',' });
    expect(read[0]).toMatchObject({ bill_length_mm: first!['bill_length_mm'] });
    expect(ADDED.map((name) => read[0]![name])).toEqual(ADDED.map((name) => first![name]));
  });

  it('keeps rows that the model cannot take, and says what is wrong with each', async () => {
    const sound = rows.slice(0, 3).map((row) => INPUTS.map((name) => row[name] ?? ''));
    sound[1]![1] = 'long';
    sound[1]![4] = 'heavy';
    const file = `${INPUTS}\n${sound.join('\n')}\n`;
    const kept = await predicted(file);
    expect(kept.map((row) => row['error'])).toEqual([
      null,
      'wrong_type: bill_length_mm; wrong_type: body_mass_g',
      null,
    ]);
    expect(ADDED.slice(0, 5).map((name) => kept[1]![name])).toEqual([null, null, null, null, null]);
    for (const i of [0, 2]) {
      for (const name of ADDED.slice(0, 4)) expect(kept[i]![name]).toBe(rows[i]![name]);
    }
    const refused = await endOf(await send(file, 'text/csv', { onRowProblem: 'reject' }));
    expect(refused).toMatchObject({ status: 'failed', error: { code: 'invalid_rows' } });
    expect(refused.error.errors).toEqual([
      expect.objectContaining({ code: 'wrong_type', row: 1, column: 'bill_length_mm' }),
      expect.objectContaining({ code: 'wrong_type', row: 1, column: 'body_mass_g' }),
    ]);
    expect(JSON.stringify(refused)).not.toMatch(/long"|heavy/);
    const sent = await send(csv, 'text/csv', { onRowProblem: 'reject' });
    expect(await endOf(sent)).toMatchObject({ error: null, status: 'succeeded', columns: { error: null } });
    const conflict = await user.service.get(path(refused.id, '/content'));
    expect([conflict.status, conflict.body.code]).toEqual([409, 'conflict']);
  });

  it('names every column that is missing or of another type, and lines that cannot be read', async () => {
    const unfit = await endOf(
      await send('island,bill_length_mm,sex,extra\nDream,long,male,1\nDream,short,male,2\n'),
    );
    expect(unfit).toMatchObject({ status: 'failed', error: { code: 'columns_do_not_fit' } });
    expect(
      unfit.error.errors.map(({ code, column }: { code: string; column: string }) => [code, column]),
    ).toEqual([
      ['wrong_type', 'bill_length_mm'],
      ['missing_column', 'bill_depth_mm'],
      ['missing_column', 'flipper_length_mm'],
      ['missing_column', 'body_mass_g'],
      ['missing_column', 'year'],
    ]);
    const damaged = await endOf(await send('a,b\n1,2\n3\n'));
    expect(damaged.error).toMatchObject({ code: 'dataset_unreadable', errors: [{ line: 3 }] });
  });

  it('makes no workbook of texts that its cells would cut', async () => {
    const [header, first] = csv.toString().split(/\r?\n/);
    const formats = ['xls', 'xlsx', 'ods', 'csv'];
    for (const [length, statuses] of [
      [255, [200, 200, 200, 200]],
      [256, [413, 200, 200, 200]],
      [32_768, [413, 413, 200, 200]],
    ] as const) {
      const id = await send(`${header},note\n${first},${'x'.repeat(length)}\n`);
      expect(await endOf(id)).toMatchObject({ error: null, status: 'succeeded' });
      const answers = formats.map((format) => user.service.get(path(id, '/content'), { query: { format } }));
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(statuses);
    }
  });

  it('asks the version that is chosen, by number or alias', async () => {
    const alias = { json: { version: 1 } };
    expectStatus(await user.service.request('PUT', `/models/${modelId}/aliases/candidate`, alias), 200);
    for (const version of ['1', 'champion', 'candidate']) {
      expect(await endOf(await send(csv, 'text/csv', { version }))).toMatchObject({ modelVersion: 1 });
    }
    for (const [version, code] of [
      ['7', 'model_not_trained'],
      ['nobody', 'model_not_trained'],
      ['0', 'invalid_request'],
    ] as const) {
      const query = { version };
      const headers = { 'content-type': 'text/csv' };
      const answer = await user.service.request('POST', path(), { body: csv, query, headers, bad: true });
      expect(answer.body.code).toBe(code);
    }
  });

  it('sends callers away who may not ask, and ids that are nobody’s', async () => {
    const id = await send(csv);
    await endOf(id);
    const stranger = await newUser(service);
    for (const [who, status] of [
      [stranger.service, 403],
      [user.service.as(undefined), 401],
    ] as const) {
      const asked = [
        await who.request('POST', path(), { body: csv, headers: { 'content-type': 'text/csv' } }),
        await who.get(path(id)),
        await who.get(path(id, '/content')),
        await who.get(path(id, '/events')),
        await who.request('DELETE', path(id)),
      ];
      expect(asked.map((answer) => answer.status)).toEqual(asked.map(() => status));
    }
    for (const nobody of ['9b0b3c8e-0e6c-4a6e-9f3e-6a1d2b7c9e10', 'x']) {
      const answer = await user.service.get(path(nobody), { bad: true });
      expect([answer.status, answer.body.code]).toEqual([404, 'prediction_file_not_found']);
    }
    const image = await user.service.request('POST', path(), {
      body: 'x',
      headers: { 'content-type': 'image/png' },
      bad: true,
    });
    expect(image.status).toBe(415);
  });

  describe('with a file that takes a while', () => {
    let long: Buffer;

    beforeAll(() => {
      const [header, ...lines] = csv.toString().trimEnd().split('\n');
      long = Buffer.from(`${header}\n${new Array(600).fill(lines.join('\n')).join('\n')}\n`);
    });

    /** Waits until rows are predicted: reading is a quarter of the way. */
    async function running(id: string): Promise<void> {
      for await (const { status, progress } of user.service.events(path(id, '/events'), 'PredictionFile')) {
        if (status === 'running' && (progress as number) > 0.25) return;
        if (status !== 'queued' && status !== 'running') throw new Error(`it is ${status}`);
      }
    }

    it('is canceled at once, and removed when asked again; those that wait go on', async () => {
      const [first, second] = [await send(long), await send(csv)];
      await running(first);
      const canceled = await user.service.request('DELETE', path(first));
      expect([canceled.status, canceled.body.status]).toEqual([200, 'canceled']);
      expect(await endOf(first)).toMatchObject({ status: 'canceled' });
      expect((await user.service.request('DELETE', path(first))).status).toBe(204);
      expect((await user.service.get(path(first))).status).toBe(404);
      expect(await endOf(second)).toMatchObject({ error: null, status: 'succeeded' });
      expect((await user.service.request('DELETE', path(second))).status).toBe(204);
      expect((await user.service.get(path(second, '/content'))).status).toBe(404);
    });

    it('sends further files away while places are taken, and says when to come again', async () => {
      const ids = [await send(long), await send(csv), await send(csv)];
      const away = await user.service.request('POST', path(), {
        body: csv,
        headers: { 'content-type': 'text/csv' },
      });
      expect([away.status, away.body.code]).toEqual([429, 'too_many_requests']);
      expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
      for (const id of ids) await user.service.request('DELETE', path(id));
      for (const id of ids) expect(await endOf(id)).toMatchObject({ status: 'canceled' });
    });

    it('fails with a word when its process is killed', async () => {
      const id = await send(long);
      const ended = endOf(id);
      await running(id);
      const [pid] = await processesOf(service.pid, 'predictions/files/process/main.js');
      process.kill(pid!, 'SIGKILL');
      expect(await ended).toMatchObject({ status: 'failed', error: { code: 'process_lost' } });
    });

    it('has failed when the service is stopped in the middle', async () => {
      const id = await send(long);
      await running(id);
      await service.end();
      const { storageDir: STORAGE_DIR, databaseUrl: DATABASE_URL } = service;
      next = await startService({ STORAGE_DIR, DATABASE_URL });
      const answer = await new ContractClient(next.url, SERVICE_CONTRACT, user.authorization).get(path(id));
      expect(answer.body).toMatchObject({ status: 'failed', error: { code: 'process_lost' } });
      expect(await readdir(join(STORAGE_DIR, 'scratch'))).toEqual([]);
    });
  });
});
