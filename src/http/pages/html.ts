/** Markup that may stand in a page as it is. Made by `html` only, so that nothing from outside gets in unescaped. */
export class Html {
  constructor(readonly markup: string) {}
}

type Inserted = Html | string | number | readonly Html[];

/** A template of markup: what is inserted is escaped, but for other `Html`. */
export function html(texts: TemplateStringsArray, ...values: readonly Inserted[]): Html {
  let markup = texts[0] as string;
  values.forEach((value, i) => {
    markup += markupOf(value) + (texts[i + 1] as string);
  });
  return new Html(markup);
}

function markupOf(value: Inserted): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(({ markup }) => markup).join('');
  return escapeHtml(String(value));
}

/** For text between tags and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/**
 * The security policy of a page that holds people's data: it shows what is in it, loads nothing, runs nothing, and
 * stands in no other page.
 */
export const PAGE_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A whole page, in one file: it can be kept, mailed and opened without a network. */
export function renderPage(title: string, sections: readonly Html[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${sections}
</main>
</body>
</html>
`.markup;
}

/** A table with a head; the cells of `numeric` columns stand to the right. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly (Html | string | number)[])[],
  numeric: readonly number[] = [],
): Html {
  const align = (j: number) => (numeric.includes(j) ? 'number' : 'text');
  return html`<div class="wide"><table>
<thead><tr>${head.map((name, j) => html`<th class="${align(j)}">${name}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell, j) => html`<td class="${align(j)}">${cell}</td>`)}</tr>\n`)}
</tbody>
</table></div>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #667380; --line: #d5dce3; --paper: #fff; --one: #1769aa; --two: #c2571a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4eaf0; --soft: #93a1af; --line: #35424f; --paper: #151b21; --one: #5cb0f0; --two: #f09a5c; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; } h3 { font-size: 1rem; margin: 0 0 .3rem; }
p.note, figcaption { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; }
.tiles div { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .9rem; }
.tiles b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; max-width: min(100%, 340px); } svg { max-width: 100%; height: auto; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
`;
