import { LearnError } from '../errors.js';
import type { TrainingData } from '../estimator.js';
import type { ParameterValue } from '../parameters.js';
import { classTarget, rowWeights } from './fit-input.js';

/**
 * The row weights times their class's weight.
 * @param classWeight null, "balanced" (n / (k * weight of the class), over the classes that occur), or weights by label
 * @throws LearnError invalid_parameters when a label is named that does not exist, or when nothing weighs anything
 */
export function classWeightedRows(data: TrainingData, classWeight: ParameterValue | undefined): Float64Array {
  const { codes, nClasses } = classTarget(data);
  const weights = rowWeights(data);
  const factors = factorsOf(data, classWeight, weights);
  let total = 0;
  for (let i = 0; i < codes.length; i++) {
    weights[i]! *= factors[codes[i] as number] as number;
    total += weights[i] as number;
  }
  if (!(total > 0) && nClasses > 0) {
    throw new LearnError('invalid_parameters', 'At least one row must weigh more than 0.', {
      parameter: 'classWeight',
    });
  }
  return weights;
}

function factorsOf(
  data: TrainingData,
  classWeight: ParameterValue | undefined,
  weights: Float64Array,
): Float64Array {
  const { codes, nClasses } = classTarget(data);
  const factors = new Float64Array(nClasses).fill(1);
  if (classWeight === 'balanced') {
    const sums = new Float64Array(nClasses);
    for (let i = 0; i < codes.length; i++) sums[codes[i] as number]! += weights[i] as number;
    const total = sums.reduce((sum, weight) => sum + weight, 0);
    const nOccurring = sums.filter((weight) => weight > 0).length;
    return factors.map((_, code) => (sums[code] === 0 ? 1 : total / (nOccurring * (sums[code] as number))));
  }
  if (typeof classWeight !== 'object' || classWeight === null) return factors;
  for (const [label, weight] of Object.entries(classWeight as Record<string, number>)) {
    const code = data.classNames?.indexOf(label) ?? -1;
    if (code < 0) {
      throw new LearnError('invalid_parameters', 'A class weight names a label that does not occur.', {
        parameter: 'classWeight',
      });
    }
    factors[code] = weight;
  }
  return factors;
}
