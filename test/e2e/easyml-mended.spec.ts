import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { easymlRequest } from '../support/easyml-client.js';
import { EasymlDataServer } from '../support/easyml-data-server.js';
import { type RunningService, startService } from '../support/service.js';
import { fixture } from '../support/users.js';

/** What EasyML's own machine-learning server did wrong, each looked at directly, and its addresses in both spellings. */
describe("what was wrong with EasyML's server", () => {
  let dataServer: EasymlDataServer;
  let service: RunningService;
  let user: { id: number; token: string };

  const call = (path: string, options: Parameters<typeof easymlRequest>[1] = {}) =>
    easymlRequest(`${service.url}${path}`, options);
  const asServer = (path: string, json: object, method: 'GET' | 'POST' = 'GET') =>
    call(path, { method, json, token: dataServer.privilegedToken });
  const asUser = (path: string, bytes?: string | Buffer) =>
    call(path, { method: bytes === undefined ? 'GET' : 'POST', bytes, token: user.token });

  async function uploaded(csv: string | Buffer): Promise<number> {
    const id = dataServer.newDataset(user.id);
    expect((await asUser(`/upload/csv/${id}`, csv)).status).toBe(201);
    return id;
  }
  async function trained(model_type: string, data_id: number, more: object) {
    const model_id = dataServer.newModel(user.id, model_type);
    const json = { model_type, model_id, user_id: user.id, data_id, to_drop: [], ...more };
    expect((await asServer('/train/', json, 'POST')).status).toBe(202);
    const { status, extra } = await dataServer.notified(model_id);
    expect({ status, extra }).toMatchObject({ status: 'done' });
    return { model_id, extra };
  }
  async function predicted(modelId: number, csv: string): Promise<string[]> {
    expect(await asUser(`/predict/${modelId}`, csv)).toMatchObject({ status: 201 });
    return (await asUser(`/download/p/${modelId}`)).bytes.toString('utf8').trimEnd().split('\n');
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

  it('k-means: scores the clusters of the scaled rows, which are those that it predicts', async () => {
    // The kinds differ by a hundredth of what the other column scatters by: only scaled rows tell them apart.
    const rows = Array.from({ length: 120 }, (_, i) => {
      const isLate = i % 2 === 1;
      return {
        width: (isLate ? 3 : 0) + (i % 5) / 10,
        weight: ((i * 37) % 120) * 5,
        kind: isLate ? 'b' : 'a',
      };
    });
    const data = await uploaded(
      `width,weight,kind\n${rows.map(({ width, weight, kind }) => `${width},${weight},${kind}`).join('\n')}\n`,
    );
    const options = { y_col: 'kind', n_clusters: 2, normalization_method: 'std' };
    const { model_id, extra } = await trained('kmeans', data, options);
    const inputs = rows.map(({ width, weight }) => `${width},${weight}`).join('\n');
    const [, ...clusters] = await predicted(model_id, `width,weight\n${inputs}\n`);
    const kinds = rows.map(({ kind }) => kind);
    expect(extra.scoring.adjusted_rand_score).toBeCloseTo(adjustedRand(kinds, clusters), 9);
    expect(extra.scoring.adjusted_rand_score).toBeGreaterThan(0.9);
  });

  it('encoders: a label of text may be absent from the prediction file, and comes back as text', async () => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      i % 2 === 0 ? `ja,${i % 7},yes` : `nein,${i % 7},no`,
    );
    const data = await uploaded(`answer,n,kind\n${lines.join('\n')}\n`);
    const { model_id } = await trained('decisiontree_cls', data, { y_col: 'kind' });
    expect(await predicted(model_id, 'answer,n\nnein,3\nja,3\nja,4\n')).toEqual(['kind', 'no', 'yes', 'yes']);
    expect(await predicted(model_id, 'n,kind,answer\n3,unknown,nein\n')).toEqual(['kind', 'no']);
  });

  it('types: a text is a text also where it looks like a boolean in the prediction file', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => ['true,1.5', 'false,2.5', 'unsure,3.5'][i % 3]);
    const data = await uploaded(`said,value\n${lines.join('\n')}\n`);
    const { model_id } = await trained('decisiontree_reg', data, { y_col: 'value' });
    expect(await predicted(model_id, 'said\ntrue\n')).toEqual(['value', '1.5']);
    expect(await predicted(model_id, 'said\nfalse\ntrue\n')).toEqual(['value', '2.5', '1.5']);
  });

  it('files: what is kept beside a model goes with it', async () => {
    const data = await uploaded(await fixture('penguins.csv'));
    const [first, second] = [
      await trained('knn_cls', data, { y_col: 'species' }),
      await trained('knn_cls', data, { y_col: 'species' }),
    ];
    const csv = (await fixture('penguins.csv')).toString('utf8');
    for (const { model_id } of [first, second]) await predicted(model_id, csv);
    const folder = (id: number) => join(service.storageDir, 'easyml', String(id));
    expect((await readdir(folder(first.model_id))).sort()).toEqual([
      expect.stringMatching(/^info\.1\./),
      `predictions.${user.id}.csv`,
    ]);
    const deleted = await fetch(`${service.url}/internal/models/${first.model_id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${service.serviceToken}` },
    });
    expect(deleted.status).toBe(204);
    await expect.poll(() => existsSync(folder(first.model_id))).toBe(false);
    expect(existsSync(folder(second.model_id))).toBe(true);
    expect((await asUser(`/download/p/${second.model_id}`)).status).toBe(200);
    expect((await asUser(`/download/p/${first.model_id}`)).status).toBe(404);
  });

  it('addresses: the same with and without a slash at the end', async () => {
    const csv = await fixture('penguins.csv');
    const data_id = await uploaded(csv);
    const { model_id } = await trained('knn_cls', data_id, { y_col: 'species' });
    const user_id = user.id;
    const routes: readonly [number, (slash: string) => ReturnType<typeof call>][] = [
      [201, (slash) => asUser(`/upload/csv/${data_id}${slash}`, csv)],
      [200, (slash) => asServer(`/info/d${slash}`, { user_id, data_id })],
      [200, (slash) => asServer(`/info/m${slash}`, { user_id, model_id })],
      [201, (slash) => asUser(`/predict/${model_id}${slash}`, csv)],
      [200, (slash) => asUser(`/download/p/${model_id}${slash}`)],
      [200, (slash) => asUser(`/download/m/${model_id}${slash}`)],
      [400, (slash) => asServer(`/train${slash}`, {}, 'POST')],
    ];
    for (const [status, ask] of routes) {
      const [without, withSlash] = [await ask(''), await ask('/')];
      expect([without.status, withSlash.status]).toEqual([status, status]);
      expect(withSlash.bytes.equals(without.bytes)).toBe(true);
    }
  });
});

/** Hubert and Arabie (1985), by pairs of rows. */
function adjustedRand(kinds: readonly string[], clusters: readonly string[]): number {
  let [both, kind, cluster, all] = [0, 0, 0, 0];
  for (let i = 0; i < kinds.length; i++) {
    for (let j = 0; j < i; j++) {
      const [sameKind, sameCluster] = [kinds[i] === kinds[j], clusters[i] === clusters[j]];
      all++;
      if (sameKind) kind++;
      if (sameCluster) cluster++;
      if (sameKind && sameCluster) both++;
    }
  }
  const chance = (kind * cluster) / all;
  return (both - chance) / ((kind + cluster) / 2 - chance);
}
