import { type Html, html, renderPage, renderTable } from '../http/pages/html.js';
import { confusionGrid, histogram, type Line, linePlot, shareBar, show } from '../http/pages/plots.js';
import type { Json, JsonObject } from '../learn/json.js';
import type { ModelVersion } from './model-types.js';

const MAX_CLASSES_IN_GRID = 30;
const MAX_LISTED = 50;
/** What people look at first, in this order, whichever of them a report has; the table below has the rest. */
const HEADLINES = [
  ...['accuracy', 'balancedAccuracy', 'rocAuc', 'f1', 'logLoss'],
  ...['r2', 'rootMeanSquaredError', 'meanAbsoluteError', 'medianAbsoluteError'],
  ...['silhouette', 'daviesBouldin', 'calinskiHarabasz'],
];
const CLASS_SCORES = ['precision', 'recall', 'f1', 'jaccard', 'support'];
const SHARES = { from: 0, to: 1 };

/** The report of a version for people: what report.json says, drawn. Sections of which a report has nothing are left out. */
export function renderReportPage(modelName: string, version: ModelVersion, report: JsonObject): string {
  const evaluation = objectIn(report, 'evaluation');
  const nRows = objectIn(report, 'nRows');
  const target = objectIn(report, 'target')['name'];
  const about = html`<p>${version.algorithm}${typeof target === 'string' ? html`, predicts <b>${target}</b>` : html``}.
Version ${version.version}, ${version.createdAt.toISOString().slice(0, 10)}.${
    typeof nRows['training'] === 'number'
      ? ` Fitted on ${nRows['training']} rows, ${evaluatedOn(nRows)}.`
      : ''
  }</p>`;
  return renderPage(modelName, [
    about,
    headlines(objectIn(evaluation, 'metrics')),
    confusion(evaluation['confusionMatrix']),
    curves(evaluation),
    errors(objectIn(evaluation, 'residuals')),
    perClass(evaluation['perClass']),
    importances(objectIn(report, 'importances')['columns']),
    allNumbers('All metrics', 'metric', objectIn(evaluation, 'metrics')),
    facts(objectIn(report, 'facts')),
    settings(report),
    allNumbers('Seconds', 'phase', objectIn(report, 'seconds')),
  ]);
}

/** A clustering may have held nothing out, and policies may refuse all that was. */
function evaluatedOn(nRows: JsonObject): string {
  const nEvaluated = numberIn(nRows, 'evaluated') ?? 0;
  if (nEvaluated === 0) return 'not evaluated';
  return numberIn(nRows, 'heldOut') === 0
    ? 'evaluated on the same'
    : `evaluated on ${nEvaluated} that it had not seen`;
}

function headlines(metrics: JsonObject): Html {
  const tiles = HEADLINES.filter((name) => typeof metrics[name] === 'number').map(
    (name) => html`<div>${inWords(name)}<b>${shown(metrics[name])}</b></div>`,
  );
  return tiles.length === 0 ? html`` : html`<div class="tiles">${tiles}</div>`;
}

function confusion(matrix: Json | undefined): Html {
  const { labels, cells } = asObject(matrix);
  if (!Array.isArray(labels) || !Array.isArray(cells)) return html``;
  if (labels.length > MAX_CLASSES_IN_GRID) {
    return section(
      'Confusion matrix',
      html`<p class="note">${labels.length} classes are too many to be looked at; the report has them all.</p>`,
    );
  }
  return section('Confusion matrix', confusionGrid(labels.map(String), cells.map(numbers)));
}

function curves(evaluation: JsonObject): Html {
  const list = asList(evaluation['curves']).map(asObject);
  const lines = (kind: string, x: string, y: string, score: string): Line[] =>
    list
      .filter((curve) => Object.keys(objectIn(curve, kind)).length > 0)
      .map((curve) => ({
        name: `${String(curve['label'])} (${show(numberIn(curve, score) ?? 0)})`,
        x: numbers(objectIn(curve, kind)[x]),
        y: numbers(objectIn(curve, kind)[y]),
      }));
  const roc = lines('roc', 'falsePositiveRate', 'truePositiveRate', 'rocAuc');
  const precision = lines('precisionRecall', 'recall', 'precision', 'averagePrecision');
  const calibration = objectIn(evaluation, 'calibration');
  const confidence = numbers(calibration['confidence']);
  const plots = [
    ...drawIf(roc.length > 0, () =>
      linePlot({ title: `ROC: ${namesOf(roc)}`, x: 'false positive rate', y: 'true positive rate' }, roc, {
        range: SHARES,
        hasDiagonal: true,
      }),
    ),
    ...drawIf(precision.length > 0, () =>
      linePlot(
        { title: `Precision and recall: ${namesOf(precision)}`, x: 'recall', y: 'precision' },
        precision,
        { range: SHARES },
      ),
    ),
    ...drawIf(confidence.length > 0, () =>
      linePlot(
        { title: 'Calibration', x: 'probability of the predicted class', y: 'share that was right' },
        [{ name: 'calibration', x: confidence, y: numbers(calibration['accuracy']) }],
        { range: SHARES, hasDiagonal: true, hasPoints: true },
      ),
    ),
  ];
  return plots.length === 0 ? html`` : section('Curves', html`<div class="plots">${plots}</div>`);
}

function errors(residuals: JsonObject): Html {
  const { edges, counts } = objectIn(residuals, 'histogram');
  const { predicted, actual } = objectIn(residuals, 'groups');
  if (!Array.isArray(edges) || !Array.isArray(counts)) return html``;
  const means = { name: 'means of groups of rows', x: numbers(predicted), y: numbers(actual) };
  return section(
    'Errors',
    html`<div class="plots">${[
      linePlot({ title: 'Actual and predicted', x: 'predicted', y: 'actual' }, [means], {
        hasDiagonal: true,
        hasPoints: true,
      }),
      histogram({ title: 'Actual minus predicted', x: 'error', y: 'rows' }, numbers(edges), numbers(counts)),
    ]}</div>`,
  );
}

function perClass(list: Json | undefined): Html {
  const classes = asList(list).map(asObject);
  const names = CLASS_SCORES.filter((name) => classes.some((one) => one[name] !== undefined));
  if (names.length === 0) return html``;
  const rows = classes
    .slice(0, MAX_LISTED)
    .map((one) => [String(one['label']), ...names.map((name) => shown(one[name]))]);
  const table = renderTable(
    ['class', ...names.map(inWords)],
    rows,
    names.map((_, j) => j + 1),
  );
  return section('Classes', html`${table}${andMore(classes.length)}`);
}

function importances(list: Json | undefined): Html {
  const columns = asList(list).map(asObject);
  const largest = numberIn(columns[0] ?? {}, 'importance') ?? 0;
  if (!(largest > 0)) return html``;
  const rows = columns.slice(0, MAX_LISTED).map((column) => {
    const importance = numberIn(column, 'importance') ?? 0;
    return [String(column['name']), shareBar(importance / largest), show(importance)];
  });
  return section(
    'Importance of the columns',
    html`${renderTable(['column', '', 'importance'], rows, [2])}${andMore(columns.length)}`,
  );
}

/** What the algorithm says of itself: iterations, whether it converged, the out-of-bag score. */
function facts(members: JsonObject): Html {
  const rows = Object.entries(members)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')
    .map(([name, value]) => [
      inWords(name),
      typeof value === 'boolean' ? (value ? 'yes' : 'no') : shown(value),
    ]);
  return rows.length === 0 ? html`` : section('Facts of the fit', renderTable(['fact', 'value'], rows, [1]));
}

function settings(report: JsonObject): Html {
  const given = [
    ...Object.entries(objectIn(report, 'parameters')),
    ['normalization', report['normalization']],
  ];
  const rows = [...given, ['seed', report['seed']], ['testShare', report['testShare']]]
    .filter((entry): entry is [string, Json] => entry[1] !== undefined)
    .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  return section('Parameters', renderTable(['parameter', 'value'], rows));
}

function allNumbers(title: string, head: string, members: JsonObject): Html {
  const rows = Object.entries(members)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => [inWords(name), shown(value)]);
  return rows.length === 0 ? html`` : section(title, renderTable([head, 'value'], rows, [1]));
}

function section(title: string, content: Html): Html {
  return html`<section>\n<h2>${title}</h2>\n${content}\n</section>\n`;
}

function andMore(n: number): Html {
  return n > MAX_LISTED ? html`<p class="note">and ${n - MAX_LISTED} more in the report</p>` : html``;
}

function drawIf(isThere: boolean, draw: () => Html): Html[] {
  return isThere ? [draw()] : [];
}

function namesOf(lines: readonly Line[]): string {
  return lines.length === 1 ? (lines[0] as Line).name : 'one class against the rest';
}

/** `rocAuc` is "ROC AUC", `meanAbsoluteError` is "mean absolute error". */
function inWords(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`);
  return words
    .replace(/\b(roc|auc)\b/g, (word) => word.toUpperCase())
    .replace(/^r2$/, 'R²')
    .replace(/^f1/, 'F1');
}

function shown(value: Json | undefined): string {
  return typeof value === 'number' ? show(value) : '–';
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function objectIn(object: JsonObject, name: string): JsonObject {
  return asObject(object[name]);
}

function numberIn(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === 'number' ? value : undefined;
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function numbers(value: Json | undefined): number[] {
  return asList(value).filter((item): item is number => typeof item === 'number');
}
