import { type BookType, read, utils, write } from '@e965/xlsx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { easymlRequest } from '../support/easyml-client.js';
import { EasymlDataServer } from '../support/easyml-data-server.js';
import { type RunningService, startService } from '../support/service.js';

type Cell = string | number | boolean;

const NAMES = ['colour', 'width', 'grown', 'kind, of "fruit"'];
/** Two kinds that every column tells apart. */
const ROWS: Cell[][] = Array.from({ length: 60 }, (_, i) =>
  i % 2 === 0 ? ['red', i / 8, true, 'apple, late'] : ['yellow', 40.5 + i / 8, false, 'grape "fruit"'],
);
const LABEL = NAMES[3]!;

const book = (type: BookType) => (names: string[], rows: Cell[][]) => {
  const file = utils.book_new();
  utils.book_append_sheet(file, utils.aoa_to_sheet([names, ...rows]), 'First');
  utils.book_append_sheet(file, utils.aoa_to_sheet([['other'], [1]]), 'Second');
  return write(file, { type: 'buffer', bookType: type }) as Buffer;
};
const bookRows = (bytes: Buffer): Cell[][] => {
  const { SheetNames: names, Sheets: sheets } = read(bytes);
  return utils.sheet_to_json<Cell[]>(sheets[names[0]!]!, { header: 1 });
};
const csvText = (cells: Cell[]) => cells.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(',');

interface Format {
  readonly type: string;
  readonly ending: string;
  write(names: string[], rows: Cell[][]): Buffer;
  /** Header and rows. */
  read(bytes: Buffer): Cell[][];
}

const FORMATS: readonly Format[] = [
  {
    type: 'csv',
    ending: 'csv',
    write: (names, rows) => Buffer.from(`${[names, ...rows].map(csvText).join('\n')}\n`),
    read: (bytes) =>
      bytes
        .toString('utf8')
        .trimEnd()
        .split('\n')
        .map((line) => [line.replace(/^"(.*)"$/, '$1').replaceAll('""', '"')]),
  },
  {
    type: 'json',
    ending: 'json',
    write: (columns, data) => Buffer.from(JSON.stringify({ columns, index: [...data.keys()], data })),
    read: (bytes) => {
      const { columns, data } = JSON.parse(bytes.toString('utf8'));
      return [columns, ...data];
    },
  },
  { type: 'excel', ending: 'xlsx', write: book('xlsx'), read: bookRows },
  { type: 'excel', ending: 'xls', write: book('biff8'), read: bookRows },
  { type: 'excel', ending: 'ods', write: book('ods'), read: bookRows },
];

describe("the formats of EasyML's data sets, in and out", () => {
  let dataServer: EasymlDataServer;
  let service: RunningService;
  let user: { id: number; token: string };

  const post = (path: string, bytes: Buffer) =>
    easymlRequest(`${service.url}${path}`, { method: 'POST', bytes, token: user.token });
  async function trained(modelType: string, { type, ending, write: file }: Format, y_col: string) {
    const data_id = dataServer.newDataset(user.id, type);
    const uploaded = await post(`/upload/${ending}/${data_id}`, file(NAMES, ROWS));
    expect(uploaded).toMatchObject({ status: 201, body: { type } });
    expect(uploaded.body.columns).toEqual([
      { name: 'colour', type: 'object', null_count: 0 },
      { name: 'width', type: 'float64', null_count: 0 },
      { name: 'grown', type: 'bool', null_count: 0 },
      { name: LABEL, type: 'object', null_count: 0 },
    ]);
    const model_id = dataServer.newModel(user.id, modelType, 'Äpfel');
    const json = { model_type: modelType, model_id, user_id: user.id, data_id, to_drop: [], y_col };
    const token = dataServer.privilegedToken;
    expect((await easymlRequest(`${service.url}/train`, { method: 'POST', token, json })).status).toBe(202);
    const { status, extra } = await dataServer.notified(model_id);
    expect({ status, extra }).toMatchObject({ status: 'done', extra: { dataset_info: { type: ending } } });
    return model_id;
  }
  async function predicted(modelId: number, format: Format, names: string[], rows: Cell[][]) {
    expect((await post(`/predict/${modelId}`, format.write(names, rows))).status).toBe(201);
    const answer = await easymlRequest(`${service.url}/download/p/${modelId}`, { token: user.token });
    expect(answer.headers['content-disposition']).toContain(`filename*=UTF-8''%C3%84pfel.${format.ending}`);
    return format.read(answer.bytes);
  }

  beforeAll(async () => {
    dataServer = await EasymlDataServer.start();
    service = await startService({
      DATA_SERVER_KIND: 'easyml',
      DATA_SERVER_URL: dataServer.url,
      EASYML_USERNAME: dataServer.username,
      EASYML_PASSWORD: dataServer.password,
    });
    user = dataServer.newUser();
  });
  afterAll(async () => {
    await service?.stop();
    await dataServer?.stop();
  });

  it.each(FORMATS)('$ending: one column, named and spelt like the label', async (format) => {
    const modelId = await trained('decisiontree_cls', format, LABEL);
    const labels = [[LABEL], ...ROWS.map((row) => [row[3]])];
    const withLabel = await predicted(modelId, format, NAMES, ROWS);
    expect(withLabel).toEqual(labels);
    const withoutLabel = await predicted(
      modelId,
      format,
      NAMES.slice(0, 3),
      ROWS.map((row) => row.slice(0, 3)),
    );
    expect(withoutLabel).toEqual(labels);
  });

  it('csv: booleans come back as Python writes them', async () => {
    const format = FORMATS[0]!;
    const modelId = await trained('knn_cls', format, 'grown');
    const rows = await predicted(modelId, format, NAMES, ROWS.slice(0, 2));
    expect(rows).toEqual([['grown'], ['True'], ['False']]);
  });

  it.each(FORMATS)('$ending: nothing else passes for it', async ({ type, ending }) => {
    const id = dataServer.newDataset(user.id, type);
    for (const other of FORMATS.filter((format) => format.type !== type)) {
      expect(await post(`/upload/${ending}/${id}`, other.write(NAMES, ROWS))).toMatchObject({
        status: 415,
        body: { detail: `Invalid ${type} file` },
      });
    }
  });

  it("shows the caller's own records to the ordinary routes, too", async () => {
    const id = dataServer.newDataset(user.id);
    await post(`/upload/csv/${id}`, FORMATS[0]!.write(NAMES, ROWS));
    const get = (token: string) => easymlRequest(`${service.url}/datasets/${id}`, { token });
    expect(await get(user.token)).toMatchObject({ status: 200, body: { id: String(id), nRows: 60 } });
    expect((await get(dataServer.newUser().token)).status).toBe(403);
    expect((await get('nobody')).status).toBe(401);
  });
});
