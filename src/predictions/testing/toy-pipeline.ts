import type { OutputKind, Predictor } from '../../learn/estimator.js';
import { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import { CategorySlots } from '../../learn/preprocessing/category-slots.js';
import { NumberImputer, TextImputer } from '../../learn/preprocessing/imputer.js';
import { LabelEncoder } from '../../learn/preprocessing/label-encoder.js';
import { NumberEncoder } from '../../learn/preprocessing/number-encoder.js';
import { OrdinalEncoder } from '../../learn/preprocessing/ordinal-encoder.js';
import { Scaler } from '../../learn/preprocessing/scaler.js';

type Labels = readonly (string | number | boolean)[];

/** Column `age` (missing: 40) and `job` (a, b; unseen: missing); class k has the probability of its place in `outputs`. */
export function toyPipeline(
  labels: Labels,
  outputs: readonly number[],
  outputKind: OutputKind = 'probabilities',
) {
  const predictor: Predictor = {
    nFeatures: 2,
    nOutputs: outputs.length,
    outputKind,
    predictInto: (_rows, nRows, out) => {
      for (let i = 0; i < nRows; i++) out.set(outputs, i * outputs.length);
    },
    toState: () => ({ config: {}, tensors: {} }),
  };
  const isClassification = outputKind === 'probabilities' || outputKind === 'scores';
  const type = typeof labels[0] === 'number' ? 'number' : typeof labels[0] === 'boolean' ? 'boolean' : 'text';
  return new FittedPipeline({
    signature: {
      task: isClassification ? 'classification' : 'regression',
      inputs: [
        { name: 'age', type: 'number', nullable: true, minimum: 17, maximum: 90 },
        { name: 'job', type: 'text', nullable: true, categories: ['a', 'b'] },
      ],
      target: { name: 'income', type, ...(isClassification ? { classes: labels } : {}) },
      ignored: ['income'],
    },
    algorithm: 'toy',
    encoders: [
      new NumberEncoder('age', 'number', new NumberImputer('constant', 40)),
      new OrdinalEncoder(
        'job',
        new CategorySlots(['a', 'b'], [], false, 'missing', new TextImputer('native', null)),
        true,
      ),
    ],
    neighborImputer: null,
    scaler: new Scaler('none', new Float64Array(2), new Float64Array(2).fill(1)),
    predictor,
    labels: isClassification ? new LabelEncoder(type, labels) : null,
  });
}
