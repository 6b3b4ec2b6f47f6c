import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../support/service.js';
import { fixture, internalClient, newDataset, newUser, type TestUser, upload } from '../support/users.js';

let service: RunningService;
let user: TestUser;
let id: string;
beforeAll(async () => {
  service = await startService();
  user = await newUser(service);
  id = await newDataset(user);
  await upload(user, id, await fixture('penguins.csv'));
});
afterAll(() => service.stop());

const put = (name: string, steps: unknown, bad = false, as = user) =>
  as.service.request('PUT', `/datasets/${id}/recipes/${name}`, { json: { steps }, bad });
const preview = (name: string, json?: object, as = user) =>
  as.service.post(`/datasets/${id}/recipes/${name}/preview`, json);
const HEAVY = [{ step: 'filter', condition: 'body_mass_g > 5000' }];

describe('recipes', () => {
  it('are kept, and numbered when they change', async () => {
    const first = await put('heavy', HEAVY);
    expect([first.status, first.body.version]).toEqual([201, 1]);
    expect(first.headers.get('location')).toBe(`/datasets/${id}/recipes/heavy`);
    const same = await put('heavy', HEAVY);
    expect([same.status, same.body.version]).toEqual([200, 1]);
    const second = await put('heavy', [...HEAVY, { step: 'drop', columns: ['island'] }]);
    expect([second.status, second.body.version]).toEqual([200, 2]);
    expect((await user.service.get(`/datasets/${id}/recipes/heavy`)).body).toEqual(second.body);
    const old = await user.service.get(`/datasets/${id}/recipes/heavy`, { query: { version: 1 } });
    expect(old.body.steps).toEqual(HEAVY);
    const { body } = await user.service.get(`/datasets/${id}/recipes`);
    expect(
      body.recipes.map(({ name, version }: { name: string; version: number }) => [name, version]),
    ).toEqual([['heavy', 2]]);
    expect((await user.service.get(`/datasets/${id}/recipes/light`)).body.code).toBe('recipe_not_found');
  });

  it('get the next number each when they come at once', async () => {
    const sent = await Promise.all(
      [1, 2, 3, 4].map((share) => put('race', [{ step: 'sample', share: share / 10 }])),
    );
    expect(sent.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4]);
  });

  it('are tried out, kept or not', async () => {
    await put('big', HEAVY);
    const kept = await preview('big');
    expect(kept.status).toBe(200);
    expect(kept.body).toMatchObject({ datasetVersion: 1, isSampled: false, nRowsBefore: 344 });
    expect(kept.body.nRowsAfter).toBeGreaterThan(40);
    expect(kept.body.rows).toHaveLength(Math.min(100, kept.body.nRowsAfter));
    expect(kept.body.rowsBefore).toHaveLength(100);
    expect(kept.body.nRowsByStep).toEqual([kept.body.nRowsAfter]);
    const mass = kept.body.columns.findIndex(({ name }: { name: string }) => name === 'body_mass_g');
    for (const row of kept.body.rows) expect(row[mass]).toBeGreaterThan(5000);

    const tried = await preview('new', {
      steps: [
        { step: 'derive', column: 'ratio', expression: 'round(bill_length_mm / bill_depth_mm)' },
        { step: 'fill', column: 'ratio', value: -1 },
        { step: 'drop', columns: ['island', 'sex', 'year'] },
        { step: 'deduplicate', columns: ['species'] },
      ],
    });
    expect(tried.body.columns.at(-1)).toEqual({ name: 'ratio', type: 'number' });
    expect(tried.body).toMatchObject({ nRowsAfter: 3, nRowsByStep: [344, 344, 344, 3] });
    expect((await preview('nothing')).body.code).toBe('recipe_not_found');
  });

  it('learn from the whole table what they fill and group with', async () => {
    const steps = [
      { step: 'fill', column: 'sex', with: 'most_frequent' },
      { step: 'group_rare', column: 'island', minimumRows: 100, into: 'other' },
      { step: 'deduplicate', columns: ['sex', 'island'] },
      {
        step: 'drop',
        columns: ['species', 'bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g', 'year'],
      },
    ];
    const { body } = await preview('learned', { steps });
    expect(body.rows.map(([island, sex]: string[]) => `${sex} ${island}`).sort()).toEqual([
      'female Biscoe',
      'female Dream',
      'female other',
      'male Biscoe',
      'male Dream',
      'male other',
    ]);
  });

  it('are deleted with all versions, and their numbers are not given again', async () => {
    await put('passing', HEAVY);
    const gone = (as = user) => as.service.request('DELETE', `/datasets/${id}/recipes/passing`);
    expect((await gone(await newUser(service))).status).toBe(403);
    expect((await gone()).status).toBe(204);
    expect((await gone()).body.code).toBe('recipe_not_found');
    expect((await user.service.get(`/datasets/${id}/recipes/passing`)).status).toBe(404);
    const again = await put('passing', HEAVY);
    expect([again.status, again.body.version]).toEqual([201, 2]);
  });

  it('are shown to the data server', async () => {
    await put('shown', HEAVY);
    const { body } = await internalClient(service).get(`/internal/datasets/${id}/recipes`);
    expect(body.recipes.map(({ name }: { name: string }) => name)).toContain('shown');
    const one = await internalClient(service).get(`/internal/datasets/${id}/recipes/shown`, {
      query: { version: 1 },
    });
    expect(one.body).toMatchObject({ name: 'shown', version: 1, steps: HEAVY });
  });

  it('are refused with every problem, and never reach beyond the data set', async () => {
    const refused = await put('bad', [
      { step: 'filter', condition: "read_text('/etc/passwd') = 'x'" },
      { step: 'drop', columns: ['nobody'] },
      { step: 'derive', column: 'x', expression: 'body_mass_g; DROP TABLE recipes' },
    ]);
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid_recipe']);
    expect(
      refused.body.errors.map(({ code, argument }: Record<string, string>) => `${argument}: ${code}`),
    ).toEqual([
      'steps[0].condition: unknown_function',
      'steps[1].columns[0]: unknown_column',
      'steps[2].expression: syntax',
    ]);
    expect(JSON.stringify(refused.body)).not.toMatch(/passwd|nobody/);
    expect((await put('no steps', HEAVY, true)).status).toBe(400);
    expect((await put('none', 'steps', true)).status).toBe(400);
  });

  it('are for those who may read or write the data set, and go with it', async () => {
    const stranger = await newUser(service);
    expect((await put('heavy', HEAVY, false, stranger)).status).toBe(403);
    expect((await preview('heavy', undefined, stranger)).status).toBe(403);
    const deleted = await internalClient(service).request('DELETE', `/internal/datasets/${id}`);
    expect(deleted.status).toBe(204);
    expect((await user.service.get(`/datasets/${id}/recipes/heavy`)).status).toBe(404);
  });
});
