import type { ScoringResult } from '../../scoring/scoring-result.js';
import type { ModelFacts } from '../../scoring/served-model.js';
import { DATATYPES } from './datatypes.js';

/** One output of a model. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: string;
  /** Behind the rows; empty: one value a row. */
  readonly width: number | null;
  readonly valuesOf: (result: ScoringResult) => readonly (number | boolean | string)[];
}

/**
 * `predict`: label, value or cluster of each row. `predict_proba`: the probabilities of all classes, in the order of the
 * signature, where the model gives them. The names are those that servers of scikit-learn models use.
 */
export function outputsOf({ signature, outputKind, nOutputs }: ModelFacts): OutputTensor[] {
  const numbers = ({ outputs }: ScoringResult) => Array.from(outputs);
  if (outputKind === 'value')
    return [
      { name: 'predict', datatype: 'FP64', width: nOutputs === 1 ? null : nOutputs, valuesOf: numbers },
    ];
  if (outputKind === 'cluster')
    return [{ name: 'predict', datatype: 'INT64', width: null, valuesOf: numbers }];
  const { classes = [] } = signature.target;
  const labels: OutputTensor = {
    name: 'predict',
    datatype: labelType(classes),
    width: null,
    valuesOf: ({ decisions }) => Array.from(decisions, (code) => classes[code]!),
  };
  if (outputKind === 'scores') return [labels];
  return [labels, { name: 'predict_proba', datatype: 'FP64', width: nOutputs, valuesOf: numbers }];
}

function labelType(classes: readonly (string | number | boolean)[]): string {
  if (classes.every((label) => typeof label === 'boolean')) return 'BOOL';
  if (classes.every((label) => Number.isSafeInteger(label))) return 'INT64';
  return classes.every((label) => typeof label === 'number') ? 'FP64' : 'BYTES';
}

/** The values one after the other, little-endian; a text with its length in four bytes before it. */
export function toBinary(datatype: string, values: readonly (number | boolean | string)[]): Buffer {
  const { width, write } = DATATYPES.get(datatype)!;
  if (write === undefined) {
    return Buffer.concat(
      values.flatMap((value) => {
        const text = Buffer.from(String(value));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(text.length);
        return [length, text];
      }),
    );
  }
  const bytes = Buffer.alloc(values.length * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [i, value] of values.entries()) write(view, i * width, Number(value));
  return bytes;
}
