import { Html, html } from './html.js';

/** Plots as SVG without scripts. Each says in its title what it shows; colours come from the page's style. */

export interface Line {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface Axes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const WIDTH = 340;
const HEIGHT = 280;
const LEFT = 54;
const BOTTOM = 40;
const TOP = 10;
const RIGHT = 12;
/** Lines that can be told apart; the hue of each is the golden angle away from the one before. */
const MAX_LINES = 20;
const GOLDEN_ANGLE_DEGREES = 137.5;

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Lines over common axes.
 * @param options.range of both axes; by default what the lines need
 * @param options.hasDiagonal draws y = x, which is chance, or perfection
 * @param options.hasPoints marks every point
 */
export function linePlot(
  axes: Axes,
  lines: readonly Line[],
  options: { readonly range?: Range; readonly hasDiagonal?: boolean; readonly hasPoints?: boolean } = {},
): Html {
  const shown = lines.slice(0, MAX_LINES);
  const xRange = options.range ?? rangeOf(shown.flatMap(({ x }) => x));
  const yRange = options.range ?? rangeOf(shown.flatMap(({ y }) => y));
  const [toX, toY] = [scale(xRange, LEFT, WIDTH - RIGHT), scale(yRange, HEIGHT - BOTTOM, TOP)];
  const low = Math.max(xRange.from, yRange.from);
  const high = Math.min(xRange.to, yRange.to);
  const diagonal =
    options.hasDiagonal === true && low < high
      ? html`<line x1="${toX(low)}" y1="${toY(low)}" x2="${toX(high)}" y2="${toY(high)}" stroke="var(--line)" stroke-dasharray="4 4"/>`
      : html``;
  const drawn = shown.map((line, i) => {
    const points = line.x.map((x, k) => `${toX(x)},${toY(line.y[k] as number)}`);
    const dots = options.hasPoints
      ? points.map(
          (point) =>
            html`<circle cx="${point.split(',')[0]!}" cy="${point.split(',')[1]!}" r="3" fill="${colour(i)}"/>`,
        )
      : [];
    return html`<polyline points="${points.join(' ')}" fill="none" stroke="${colour(i)}" stroke-width="1.6"><title>${line.name}</title></polyline>${dots}`;
  });
  return figure(
    axes,
    html`${frame(axes, xRange, yRange)}${diagonal}${drawn}`,
    shown.length > 1 ? legend(shown) : html``,
  );
}

/** Counts in bins that lie side by side. @param edges one more than counts */
export function histogram(axes: Axes, edges: readonly number[], counts: readonly number[]): Html {
  const xRange = { from: edges[0] as number, to: edges.at(-1) as number };
  const yRange = { from: 0, to: Math.max(1, ...counts) };
  const [toX, toY] = [scale(xRange, LEFT, WIDTH - RIGHT), scale(yRange, HEIGHT - BOTTOM, TOP)];
  const bars = counts.map((count, i) => {
    const [left, right] = [toX(edges[i] as number), toX(edges[i + 1] as number)];
    const bar = {
      x: left,
      y: toY(count),
      width: Math.max(0.5, right - left - 1),
      height: toY(0) - toY(count),
    };
    return html`<rect x="${bar.x}" y="${bar.y}" width="${bar.width}" height="${bar.height}" fill="var(--one)"><title>${show(edges[i] as number)} to ${show(edges[i + 1] as number)}: ${count}</title></rect>`;
  });
  return figure(axes, html`${frame(axes, xRange, yRange)}${bars}`, html``);
}

/** Small bars without axes, to stand in a table. @param counts none negative */
export function sparkBars(title: string, counts: readonly number[]): Html {
  const highest = Math.max(1, ...counts);
  const width = 120 / Math.max(1, counts.length);
  const bars = counts.map((count, i) => {
    const height = (24 * count) / highest;
    return html`<rect x="${round(i * width)}" y="${round(24 - height)}" width="${round(Math.max(0.5, width - 0.5))}" height="${round(height)}" fill="var(--one)"/>`;
  });
  return html`<svg viewBox="0 0 120 24" width="120" height="24" role="img" aria-label="${title}"><title>${title}</title>${bars}</svg>`;
}

/** One bar with its share of the largest. @param share 0..1 */
export function shareBar(share: number): Html {
  const width = round(160 * Math.min(1, Math.max(0, share)));
  return html`<svg viewBox="0 0 160 12" width="160" height="12" aria-hidden="true"><rect width="${width}" height="12" rx="2" fill="var(--one)"/></svg>`;
}

/**
 * A matrix of counts, darker where a row's share is larger. Rows are actual, columns predicted classes.
 * @param cells square, as long as labels
 */
export function confusionGrid(labels: readonly string[], cells: readonly (readonly number[])[]): Html {
  const head = html`<tr><th>actual ↓ predicted →</th>${labels.map((label) => html`<th class="number">${label}</th>`)}</tr>`;
  const rows = cells.map((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const drawn = row.map((count, j) => {
      const percent = total > 0 ? Math.round((100 * count) / total) : 0;
      const tint = `color-mix(in srgb, var(${i === j ? '--one' : '--two'}) ${Math.round(percent * 0.7)}%, transparent)`;
      return html`<td class="number" style="background:${tint}" title="${percent} % of this class">${show(count)}</td>`;
    });
    return html`<tr><th>${labels[i] as string}</th>${drawn}</tr>\n`;
  });
  return html`<div class="wide"><table>${head}\n${rows}</table></div>`;
}

/** Six digits at most, the way a person writes them. */
export function show(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e7 || size < 1e-4)) return value.toExponential(2);
  return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

function figure({ title, x, y }: Axes, drawing: Html, below: Html): Html {
  return html`<figure><h3>${title}</h3><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}: ${y} over ${x}">${drawing}</svg>${below}</figure>\n`;
}

function frame({ x, y }: Axes, xRange: Range, yRange: Range): Html {
  const [toX, toY] = [scale(xRange, LEFT, WIDTH - RIGHT), scale(yRange, HEIGHT - BOTTOM, TOP)];
  const [left, right, top, bottom] = [LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM];
  const marks = [
    ...ticks(xRange).map(
      (at) => html`<text x="${toX(at)}" y="${bottom + 15}" text-anchor="middle">${show(at)}</text>`,
    ),
    ...ticks(yRange).map(
      (at) =>
        html`<line x1="${left}" x2="${right}" y1="${toY(at)}" y2="${toY(at)}" stroke="var(--line)" stroke-width=".5"/><text x="${left - 6}" y="${toY(at) + 4}" text-anchor="end">${show(at)}</text>`,
    ),
  ];
  const names = html`<text x="${(left + right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x}</text><text transform="translate(11 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${y}</text>`;
  return html`${marks}<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="var(--soft)"/>${names}`;
}

function legend(lines: readonly Line[]): Html {
  return html`<figcaption>${lines.map(({ name }, i) => html`<span style="color:${colour(i)}">■</span> ${name} `)}</figcaption>`;
}

function colour(i: number): Html {
  if (i === 0) return new Html('var(--one)');
  if (i === 1) return new Html('var(--two)');
  return new Html(`hsl(${Math.round((i * GOLDEN_ANGLE_DEGREES) % 360)} 60% 50%)`);
}

/** About five round numbers within the range. */
function ticks({ from, to }: Range): number[] {
  const rough = (to - from) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, Math.min(count, 12)) }, (_, i) => (first + i) * step);
}

function rangeOf(values: readonly number[]): Range {
  const from = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const to = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (!(from <= to)) return { from: 0, to: 1 };
  return from < to ? { from, to } : { from: from - 0.5, to: to + 0.5 };
}

function scale({ from, to }: Range, start: number, end: number): (value: number) => number {
  const width = to - from;
  return (value) => round(start + (width > 0 ? (value - from) / width : 0.5) * (end - start));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
