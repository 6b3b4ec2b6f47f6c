import { describe, expect, it } from 'vitest';
import type { ModelSignature } from '../../../learn/pipeline/signature.js';
import { addedColumns, nameAdded } from './added-columns.js';

const signature = (target: ModelSignature['target']): ModelSignature => ({
  task: 'classification',
  inputs: [],
  target,
  ignored: [],
});

describe('the columns that a prediction adds', () => {
  it('are named after the target and its classes, and never like a column that is there', () => {
    const income = signature({ name: 'income', type: 'number', classes: [0, 1] });
    const outputs = { outputKind: 'probabilities', nOutputs: 2 } as const;
    const names = ['error', 'income_predicted', 'income_predicted_2'];
    const added = nameAdded(
      income,
      outputs,
      names.map((name) => ({ name, type: 'text' })),
      'keep',
    );
    expect(added).toEqual({
      prediction: 'income_predicted_3',
      probabilities: [
        { label: 0, column: 'income_probability_0' },
        { label: 1, column: 'income_probability_1' },
      ],
      warnings: 'warnings',
      error: 'error_2',
    });
    expect(addedColumns(added, income, outputs).map(({ type, integer }) => [type, integer])).toEqual([
      ['number', true],
      ['number', false],
      ['number', false],
      ['number', true],
      ['text', undefined],
    ]);
  });

  it('are a value or the number of a cluster, and no error where such files are refused', () => {
    const price = signature({ name: 'price', type: 'number' });
    const value = { outputKind: 'value', nOutputs: 1 } as const;
    expect(nameAdded(price, value, [], 'reject')).toEqual({
      prediction: 'price_predicted',
      probabilities: [],
      warnings: 'warnings',
      error: null,
    });
    const cluster = { outputKind: 'cluster', nOutputs: 1 } as const;
    const added = nameAdded(signature({ name: null, type: 'number' }), cluster, [], 'reject');
    expect(addedColumns(added, price, cluster)[0]).toEqual({
      name: 'prediction',
      type: 'number',
      integer: true,
    });
  });
});
