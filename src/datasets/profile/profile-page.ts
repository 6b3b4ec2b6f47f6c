import { type Html, html, renderPage, renderTable } from '../../http/pages/html.js';
import { shareBar, show, sparkBars } from '../../http/pages/plots.js';
import type { Association, ColumnProfile, TableProfile } from './profile-types.js';

const MAX_COLUMNS = 500;
const MAX_PAIRS = 30;
const MAX_VALUES = 5;

/** What is shown beside the profile itself. */
export interface ProfiledFile {
  readonly name: string;
  readonly version: number;
}

/** The profile of a data set for people: warnings first, then every column with its distribution. */
export function renderProfilePage(file: ProfiledFile, profile: TableProfile): string {
  const { nRows, nColumns, duplicateRows, columns, warnings, nWarningsLeftOut } = profile;
  const about = html`<p>Version ${file.version}: ${nRows} rows, ${nColumns} columns, ${
    duplicateRows.isEstimate ? 'about ' : ''
  }${duplicateRows.count} rows more than once.</p>`;
  const nMore = columns.length - MAX_COLUMNS;
  return renderPage(file.name, [
    about,
    warnings.length === 0
      ? html``
      : html`<h2>Warnings</h2>\n<ul>${warnings.map(({ column, message }) => html`<li><b>${column}</b> ${message}</li>\n`)}</ul>${
          nWarningsLeftOut > 0 ? html`<p class="note">and ${nWarningsLeftOut} more</p>` : html``
        }`,
    html`<h2>Columns</h2>\n${renderTable(
      ['column', 'type', 'missing', 'distinct', 'distribution', ''],
      columns.slice(0, MAX_COLUMNS).map((column) => columnRow(column, nRows)),
      [2, 3],
    )}${nMore > 0 ? html`<p class="note">and ${nMore} more in the profile</p>` : html``}`,
    pairs(profile.associations.pairs),
  ]);
}

function columnRow(column: ColumnProfile, nRows: number): (Html | string | number)[] {
  const { name, type, nMissing, nDistinct } = column;
  const percent = nMissing === 0 ? '' : ` (${((100 * nMissing) / Math.max(1, nRows)).toFixed(1)} %)`;
  return [name, type, `${nMissing}${percent}`, nDistinct, ...distribution(column)];
}

/** The drawing and the words beside it. */
function distribution({ name, numbers, dates, topValues }: ColumnProfile): [Html, Html] {
  if (numbers !== undefined) {
    const { minimum, maximum, mean, quantiles } = numbers;
    const words = html`${show(minimum)} to ${show(maximum)}, median ${show(quantiles.p50)}${mean === null ? html`` : html`, mean ${show(mean)}`}`;
    return [sparkBars(`distribution of ${name}`, numbers.histogram.counts), words];
  }
  if (dates !== undefined) {
    return [
      sparkBars(`distribution of ${name}`, dates.histogram.counts),
      html`${dates.earliest} to ${dates.latest}`,
    ];
  }
  const shown = topValues.slice(0, MAX_VALUES);
  const words = shown.map(({ value, count }) => html`${String(value)} <span class="note">${count}</span> `);
  return [
    sparkBars(
      `the most frequent values of ${name}`,
      topValues.map(({ count }) => count),
    ),
    html`${words}`,
  ];
}

function pairs(associations: readonly Association[]): Html {
  const rows = associations
    .map((pair) => ({ pair, strength: strengthOf(pair) }))
    .sort((a, b) => b.strength - a.strength)
    .slice(0, MAX_PAIRS)
    .map(({ pair, strength }) => [...pair.columns, shareBar(strength), show(strength), measureOf(pair)]);
  if (rows.length === 0) return html``;
  return html`<h2>What goes together</h2>\n${renderTable(['column', 'column', '', 'strength', 'measure'], rows, [3])}`;
}

function strengthOf({ spearman, pearson, cramersV, correlationRatio }: Association): number {
  return Math.max(Math.abs(spearman ?? 0), Math.abs(pearson ?? 0), cramersV ?? 0, correlationRatio ?? 0);
}

function measureOf({ cramersV, correlationRatio }: Association): string {
  if (cramersV !== undefined) return 'Cramér’s V';
  return correlationRatio === undefined ? 'correlation' : 'correlation ratio';
}
