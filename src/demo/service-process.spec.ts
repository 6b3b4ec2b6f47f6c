import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NODE_FLAGS } from './service-process.js';

describe('the flags of the engine', () => {
  it.each(['package.json', 'docs/guide/operating.md'])('are the same in %s', (path) => {
    const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const line = text.split('\n').find((each) => /node --.* dist\/main\.js/.test(each));
    for (const flag of NODE_FLAGS.filter((each) => each !== '--enable-source-maps'))
      expect(line).toContain(flag);
  });
});
