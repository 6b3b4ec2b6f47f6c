import { CATALOGUE, type CatalogueEntry } from '../errors/catalogue.js';
import { generatedNote, markdownTable } from './markdown.js';

/** docs/errors.md: every error code with its status, meaning and remedy. */
export function errorsPage(): string {
  const rows = Object.entries<CatalogueEntry>(CATALOGUE)
    .sort(([codeA, a], [codeB, b]) => a.status - b.status || (codeA < codeB ? -1 : 1))
    .map(([code, { status, title, remedy }]) => [
      `<a id="${code}"></a>\`${code}\``,
      String(status),
      title,
      remedy,
    ]);
  return [
    generatedNote('src/errors/catalogue.ts'),
    '# Errors',
    'Every error is `application/problem+json` (RFC 9457) with a stable `code`. `errors[]` lists each problem with its place; ' +
      'a value that you sent is never repeated.',
    markdownTable(['code', 'status', 'what it means', 'what to do'], rows),
    '',
  ].join('\n\n');
}
