import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeRules } from '../../learn/validate-parameters.js';
import { MODEL_TYPES } from './index.js';
import type { ModelArgument } from './model-type.js';

const GUIDE = readFileSync(new URL('../../../docs/guide/easyml.md', import.meta.url), 'utf8');

function line({ name, types, accepts, default: standard, becomes, renamed = {} }: ModelArgument): string {
  const names = Object.entries(renamed).map(([old, now]) => `${old} → ${JSON.stringify(now)}`);
  const target = becomes === null ? '(changes nothing)' : `\`${becomes}\``;
  const cells = [
    `\`${name}\``,
    types.join(', '),
    describeRules(accepts),
    `\`${JSON.stringify(standard)}\``,
    [target, ...names].join('; '),
  ];
  return `| ${cells.join(' | ')} |`;
}

describe('the guide to EasyML', () => {
  it.each(MODEL_TYPES)('lists every parameter of $name', (type) => {
    const section = GUIDE.split('\n### ').find((part) =>
      part.startsWith(`${type.name}: \`${type.algorithm}\`\n`),
    );
    const rows = section?.split('\n').filter((row) => row.startsWith('| `'));
    expect(rows).toEqual(type.arguments.map(line));
  });
});
