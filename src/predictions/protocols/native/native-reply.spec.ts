import { expect, it } from 'vitest';
import type { OutputKind } from '../../../learn/estimator.js';
import type { ScoringResult } from '../../scoring/scoring-result.js';
import { NativeReplyWriter } from './native-reply.js';

const N_ROWS = 100;
const LABELS = ['no', 'yes "schön"', 'a label that is longer than sixteen bytes'];

it.each<[OutputKind, number]>([
  ['probabilities', 3],
  ['scores', 3],
  ['value', 1],
  ['value', 2],
  ['cluster', 1],
])('many rows of kind %s, %i numbers each, are written as each of them alone', (outputKind, nOutputs) => {
  const writer = new NativeReplyWriter({
    modelId: 'm"1',
    version: 3,
    signature: {
      task: 'classification',
      inputs: [],
      ignored: [],
      target: { name: 'y', type: 'text', classes: LABELS },
    },
    outputKind,
    nOutputs,
  });
  const number = (n: number) => (outputKind === 'cluster' ? n % 7 : Math.sin(n) / (n + 1));
  const outputs = Float64Array.from({ length: N_ROWS * nOutputs }, (_, n) => number(n));
  const decisions = Int32Array.from({ length: N_ROWS }, (_, n) => n % LABELS.length);
  const textOf = (from: number, to: number) => {
    const result: ScoringResult = {
      predictionId: 'p',
      nRows: to - from,
      outputs: outputs.subarray(from * nOutputs, to * nOutputs),
      decisions: decisions.subarray(from, to),
      warnings: [{ code: 'imputed', row: 0, column: 'ä', message: 'filled' }],
      nWarningsLeftOut: 4,
      latencyMs: 1,
    };
    const body = writer.write(result, { input: { kind: 'rows', rows: [] }, options: {} });
    return typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  };
  const begin = textOf(0, 1).indexOf('[') + 1;
  const behind = textOf(0, 1).length - textOf(0, 1).indexOf('],"warnings"');
  const rows = Array.from({ length: N_ROWS }, (_, row) => textOf(row, row + 1).slice(begin, -behind));
  const text = textOf(0, N_ROWS);
  expect(text).toBe(textOf(0, 1).replace(rows[0] as string, () => rows.join(',')));
  expect(JSON.parse(text).predictions).toHaveLength(N_ROWS);
});
