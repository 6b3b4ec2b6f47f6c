import { expect } from 'vitest';
import { LearnError } from '../errors.js';
import type { Algorithm, EstimatorState, Predictor, Target, TrainingData } from '../estimator.js';
import type { JsonObject } from '../json.js';
import { Random } from '../random.js';
import type { TensorArray } from '../tensor.js';

/** Rows around three centres, rounded so that values repeat; the target follows from them. */
export function makeNumbers(nSamples: number, nFeatures: number, seed = 1): number[][] {
  const random = new Random(seed);
  return Array.from({ length: nSamples }, (_, i) =>
    Array.from(
      { length: nFeatures },
      (__, j) => Math.round((((i % 3) * (j + 1)) / 2 + random.normal()) * 64) / 64,
    ),
  );
}

/** The same as small whole numbers. */
export function makeCounts(nSamples: number, nFeatures: number, seed = 1): number[][] {
  return makeNumbers(nSamples, nFeatures, seed).map((row) => row.map((value) => Math.abs(Math.round(value))));
}

export function targetOf(algorithm: Algorithm, rows: readonly number[][]): Target {
  const scores = rows.map((row) => row.reduce((sum, value, j) => sum + value * (j % 2 === 0 ? 1 : -0.5), 0));
  switch (algorithm.task) {
    case 'classification':
      return {
        task: 'classification',
        codes: Int32Array.from(scores, (s) => (s < 0 ? 0 : s < 1.5 ? 1 : 2)),
        nClasses: 3,
      };
    case 'regression':
      return { task: 'regression', values: Float64Array.from(scores, (s, i) => s + Math.sin(i)) };
    case 'clustering':
      return { task: 'clustering' };
  }
}

export function dataOf(algorithm: Algorithm, rows: readonly number[][], targetRows = rows): TrainingData {
  const nSamples = rows.length;
  const nFeatures = (rows[0] as number[]).length;
  const values = new Float64Array(nSamples * nFeatures);
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of row.entries()) values[j * nSamples + i] = value;
  }
  const names = Array.from({ length: nFeatures }, (_, j) => `x${j}`);
  const features = names.map((name) => ({ name, column: name, kind: 'numeric' as const }));
  return {
    x: { nSamples, nFeatures, values, features },
    y: targetOf(algorithm, targetRows),
    classNames: ['low', 'middle', 'high'],
  };
}

export function predict(predictor: Predictor, rows: readonly number[][]): number[][] {
  const out = new Float64Array(rows.length * predictor.nOutputs).fill(Number.NaN);
  predictor.predictInto(Float64Array.from(rows.flat()), rows.length, out);
  return rows.map((_, i) => [...out.subarray(i * predictor.nOutputs, (i + 1) * predictor.nOutputs)]);
}

export const bytesOf = ({ config, tensors }: EstimatorState): JsonObject => ({
  config,
  ...Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      `${shape.join('x')} ${data.constructor.name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`,
    ]),
  ),
});

/** As it comes out of a bundle: other buffers, other objects. */
export const reread = ({ config, tensors }: EstimatorState): EstimatorState => ({
  config: JSON.parse(JSON.stringify(config)) as JsonObject,
  tensors: Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: data.slice() },
    ]),
  ),
});

export async function refusal(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof LearnError) return error.code;
    throw error;
  }
}

export function expectClose(found: number[][], expected: number[][], tolerance: number): void {
  for (const [i, value] of expected.flat().entries()) {
    expect(Math.abs((found.flat()[i] as number) - value)).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(value)),
    );
  }
}

export function takeTarget(y: Target, chosen: readonly number[]): Target {
  if (y.task === 'classification')
    return { ...y, codes: Int32Array.from(chosen, (i) => y.codes[i] as number) };
  if (y.task === 'regression')
    return { ...y, values: Float64Array.from(chosen, (i) => y.values[i] as number) };
  return y;
}

/** Zeros of another element type. */
export function otherType(data: TensorArray): TensorArray {
  return data instanceof Uint16Array ? new Int32Array(data.length) : new Uint16Array(data.length);
}
