import { readFileSync } from 'node:fs';

/** Reads what scikit-learn said (test/fixtures/oracles); `rows` that are a number stand for that one of `tables`. */
export function readOracles<T>(name: string): T {
  const text = readFileSync(new URL(`../../../test/fixtures/oracles/${name}`, import.meta.url), 'utf8');
  const { tables } = JSON.parse(text) as { tables: number[][][] };
  return JSON.parse(text, (key, value: unknown) =>
    key === 'rows' && typeof value === 'number' ? tables[value] : value,
  ) as T;
}
