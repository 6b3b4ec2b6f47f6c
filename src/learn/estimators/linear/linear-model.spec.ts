import { expect, it } from 'vitest';
import { Random } from '../../random.js';
import { evaluate, linearRegressor, softmaxClassifier } from './linear-model.js';

const N_FEATURES = 5;
const random = new Random(2);
const draw = (length: number) => Float64Array.from({ length }, () => random.next() * 10 - 5);

it.each([1, 2, 3, 4, 5, 11])('says of %i rows what it says of each, to the bit', (nRows) => {
  const rows = draw(nRows * N_FEATURES);
  for (const nFunctions of [1, 3]) {
    const functions = {
      coefficients: draw(nFunctions * N_FEATURES),
      intercepts: draw(nFunctions),
      nFeatures: N_FEATURES,
    };
    for (const predictor of [linearRegressor(functions), softmaxClassifier(functions)]) {
      const { nOutputs } = predictor;
      const together = new Float64Array(nRows * nOutputs);
      predictor.predictInto(rows, nRows, together);
      for (let i = 0; i < nRows; i++) {
        const alone = new Float64Array(nOutputs);
        predictor.predictInto(rows.subarray(i * N_FEATURES), 1, alone);
        expect(together.subarray(i * nOutputs, (i + 1) * nOutputs)).toEqual(alone);
        if (nOutputs === 1) expect(alone[0]).toBe(evaluate(functions, 0, rows, i * N_FEATURES));
      }
    }
  }
});
