import { readFileSync } from 'node:fs';

/** The version of this program. package.json lies at the same distance from src/ and from dist/. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
