import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, resultOfPage } from '../support/browser.js';
import { type RunningService, startService } from '../support/service.js';
import {
  fixture,
  newDataset,
  newModel,
  newUser,
  outcomeOf,
  type TestUser,
  train,
  upload,
} from '../support/users.js';

/** Opens the page as a reader would, in a frame without rights but to be measured, and says what is to be seen. */
const OBSERVER = `<!doctype html><meta charset="utf-8"><iframe id="page" sandbox="allow-same-origin" style="width:1000px;height:3000px" src="/page.html"></iframe>
<script>
document.getElementById('page').addEventListener('load', (event) => {
  const page = event.target.contentDocument;
  const all = (selector) => [...page.querySelectorAll(selector)];
  const drawn = (shape) => { const { width, height } = shape.getBoundingClientRect(); return width + height > 0; };
  const result = {
    title: page.title,
    headings: all('h2').map((heading) => heading.textContent),
    plots: all('figure svg').filter(drawn).map((plot) => ({
      title: plot.getAttribute('aria-label'),
      nShapes: [...plot.querySelectorAll('polyline, rect, circle')].filter(drawn).length,
    })),
    nSmallPlots: all('td svg').filter(drawn).length,
    nScripts: all('script, [onload], [onerror], img').length,
    isTooWide: page.documentElement.scrollWidth > 1000,
    text: page.body.innerText,
    grid: all('section table').filter((table) => table.innerText.includes('actual ↓')).map((table) => table.rows.length),
  };
  fetch('/result', { method: 'POST', body: JSON.stringify(result) });
});
</script>`;

interface Seen {
  title: string;
  headings: string[];
  plots: { title: string; nShapes: number }[];
  nSmallPlots: number;
  nScripts: number;
  isTooWide: boolean;
  text: string;
  grid: number[];
}

const see = async (page: string): Promise<Seen> => {
  const files = {
    '/': { type: 'text/html; charset=utf-8', content: OBSERVER },
    '/page.html': { type: 'text/html; charset=utf-8', content: page },
  };
  return (await resultOfPage(files)) as Seen;
};

const HOSTILE = '<img src=x onerror=alert(1)>"';

describe.skipIf(!hasBrowser())('pages for people, in a browser', () => {
  let service: RunningService;
  let user: TestUser;
  let datasetId: string;
  beforeAll(async () => {
    service = await startService();
    user = await newUser(service);
    datasetId = await newDataset(user, `Birds ${HOSTILE}`);
    const [head, ...rows] = (await fixture('penguins.csv')).toString('utf8').trimEnd().split('\n');
    const hostile = `"${HOSTILE.replaceAll('"', '""')}"`;
    const table = rows.map((row, i) => `${row.replace('Adelie', i % 2 === 0 ? 'Adelie' : hostile)},${i}`);
    await upload(user, datasetId, `${head},${hostile}\n${table.join('\n')}\n`);
  });
  afterAll(() => service.stop());

  const pageOf = async (path: string): Promise<string> => {
    const response = await fetch(service.url + path, { headers: { authorization: user.authorization } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    return response.text();
  };
  const trained = async (request: Record<string, string>): Promise<string> => {
    const modelId = await newModel(user, `${String(request['algorithm'])} ${HOSTILE}`);
    const trainingId = await train(user, modelId, { datasetId, ...request });
    expect((await outcomeOf(service, trainingId)).at(-1)).toMatchObject({ status: 'succeeded' });
    return modelId;
  };

  it('draw the report of a classifier', async () => {
    const modelId = await trained({ algorithm: 'random_forest_classifier', target: 'species' });
    const seen = await see(await pageOf(`/models/${modelId}/report.html`));
    expect(seen).toMatchObject({
      title: `random_forest_classifier ${HOSTILE}`,
      nScripts: 0,
      isTooWide: false,
      grid: [5],
    });
    expect(seen.headings).toEqual([
      'Confusion matrix',
      'Curves',
      'Classes',
      'Importance of the columns',
      'All metrics',
      'Facts of the fit',
      'Parameters',
      'Seconds',
    ]);
    expect(seen.plots.map(({ nShapes }) => nShapes > 0)).toEqual([true, true, true]);
    expect(seen.text).toContain(HOSTILE);
    expect(seen.text).toContain('ROC AUC');
  });

  it('draw the report of a regressor', async () => {
    const modelId = await trained({ algorithm: 'ridge', target: 'body_mass_g' });
    const seen = await see(await pageOf(`/models/${modelId}/report.html`));
    expect(seen).toMatchObject({ nScripts: 0, isTooWide: false, grid: [] });
    expect(seen.headings[0]).toBe('Errors');
    expect(seen.plots.map(({ title }) => title)).toEqual([
      'Actual and predicted: actual over predicted',
      'Actual minus predicted: rows over error',
    ]);
    // 20 groups and the line through them
    expect(seen.plots[0]?.nShapes).toBe(21);
  });

  it('draw the profile of a data set', async () => {
    const seen = await see(await pageOf(`/datasets/${datasetId}/profile.html`));
    expect(seen).toMatchObject({ title: `Birds ${HOSTILE}`, nScripts: 0, isTooWide: false });
    expect(seen.headings).toEqual(['Warnings', 'Columns', 'What goes together']);
    expect(seen.nSmallPlots).toBeGreaterThanOrEqual(9);
    expect(seen.text).toContain('344 rows, 9 columns');
  });

  it('are for those who may read, as the JSON is', async () => {
    const stranger = await newUser(service);
    const { status, body } = await stranger.service.get(`/datasets/${datasetId}/profile.html`);
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'forbidden' });
  });
});
