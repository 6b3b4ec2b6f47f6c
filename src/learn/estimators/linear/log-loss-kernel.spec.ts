import { describe, expect, it } from 'vitest';
import { Random } from '../../random.js';
import { type LogLossInput, logLossPiece } from './log-loss-kernel.js';

const control = { checkpoint: () => {} };

function draw(nSamples: number, nFeatures: number, nFunctions: number): LogLossInput {
  const random = new Random(nSamples + nFunctions);
  const many = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal());
  return {
    values: many(nSamples * nFeatures),
    nSamples,
    nFeatures,
    means: many(nFeatures),
    factors: many(nFeatures),
    codes: Int32Array.from({ length: nSamples }, () => random.below(Math.max(nFunctions, 2))),
    weights: many(nSamples).map(Math.abs),
    nFunctions,
    parameters: many(nFunctions * (nFeatures + 1)),
    withHessian: nFunctions === 1,
  };
}

/** The loss by its definition, row by row. */
function plainLoss(input: LogLossInput): number {
  const { values, nSamples, nFeatures, means, factors, codes, weights, nFunctions, parameters } = input;
  let loss = 0;
  for (let i = 0; i < nSamples; i++) {
    const scores = Array.from({ length: nFunctions }, (_, f) => {
      let score = parameters[f * (nFeatures + 1) + nFeatures]!;
      for (let j = 0; j < nFeatures; j++)
        score += parameters[f * (nFeatures + 1) + j]! * (values[j * nSamples + i]! - means[j]!) * factors[j]!;
      return score;
    });
    const all = nFunctions === 1 ? [0, scores[0]!] : scores;
    const total = all.reduce((sum, score) => sum + Math.exp(score), 0);
    loss += weights[i]! * (Math.log(total) - all[codes[i]!]!);
  }
  return loss;
}

describe.each([
  [1, 1, 1],
  [300, 5, 1],
  [300, 3, 1],
  [7, 2, 3],
  [300, 5, 6],
])('the log loss of %d rows, %d features, %d functions', (nSamples, nFeatures, nFunctions) => {
  const input = draw(nSamples, nFeatures, nFunctions);
  const shifted = (at: number, by: number): LogLossInput => {
    const parameters = Float64Array.from(input.parameters);
    parameters[at]! += by;
    return { ...input, parameters };
  };

  it('is that of its definition, and its gradient that of finite differences', () => {
    const { value, gradient } = logLossPiece(input, 0, control);
    expect(Math.abs(value - plainLoss(input))).toBeLessThan(1e-11 * (1 + value));
    const h = 1e-5;
    for (let at = 0; at < gradient.length; at++) {
      const slope = (plainLoss(shifted(at, h)) - plainLoss(shifted(at, -h))) / (2 * h);
      expect(Math.abs(slope - gradient[at]!)).toBeLessThan(1e-6 * (1 + nSamples));
    }
  });

  it.runIf(nFunctions === 1)('has the Hessian that its gradient says', () => {
    const { hessian } = logLossPiece(input, 0, control);
    const h = 1e-5;
    const width = nFeatures + 1;
    for (let j = 0; j < width; j++) {
      const up = logLossPiece(shifted(j, h), 0, control).gradient;
      const down = logLossPiece(shifted(j, -h), 0, control).gradient;
      for (let k = 0; k <= j; k++)
        expect(Math.abs((up[k]! - down[k]!) / (2 * h) - hessian[j * width + k]!)).toBeLessThan(
          1e-6 * (1 + nSamples),
        );
    }
  });
});
