import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { algorithmsPage } from './algorithms-page.js';
import { errorsPage } from './errors-page.js';
import { settingsPage } from './settings-page.js';

/**
 * Writes the pages of docs/ that come from tables in the code. They are committed; CI runs this again and wants no
 * difference, so a page cannot drift from its table.
 */
const PAGES: Readonly<Record<string, () => string>> = {
  'settings.md': settingsPage,
  'errors.md': errorsPage,
  'algorithms.md': algorithmsPage,
};

for (const [name, page] of Object.entries(PAGES)) {
  writeFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), page());
}
