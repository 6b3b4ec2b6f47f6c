import { CATALOGUE } from '../errors/catalogue.js';
import { escapeHtml } from './pages/html.js';

/** The page of the contract. Its one script of our own is a file: the content security policy allows no inline code. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Trainyard API</title>
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
  <div id="contract"></div>
  <script src="/docs/assets/swagger-ui-bundle.js"></script>
  <script src="/docs/assets/start.js"></script>
</body>
</html>
`;

/** Without a validator: the default one would send the contract's address to somebody else. */
export const DOCS_SCRIPT = `SwaggerUIBundle({
  url: '/openapi.yaml',
  dom_id: '#contract',
  deepLinking: true,
  validatorUrl: null,
});
`;

/** Every error code with an anchor: where the `type` of a problem leads. */
export function renderErrorsPage(): string {
  const rows = Object.entries(CATALOGUE).map(
    ([code, { status, title, remedy }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escapeHtml(title)}</td><td>${escapeHtml(remedy)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Trainyard errors</title></head>
<body>
<h1>Errors</h1>
<table>
<thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>What to do</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</body>
</html>
`;
}
