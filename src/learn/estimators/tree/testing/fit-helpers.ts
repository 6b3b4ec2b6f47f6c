import type { Algorithm, Predictor, Target, TrainingData } from '../../../estimator.js';
import type { Feature } from '../../../matrix/feature-matrix.js';
import { createThreadPool } from '../../../parallel/create-thread-pool.js';
import type { ParameterValue } from '../../../parameters.js';
import { Random } from '../../../random.js';

/** A training set from rows; `categories[j]` > 0 makes feature j categorical. */
export function dataOf(
  rows: readonly number[][],
  y: Target,
  categories: readonly number[] = [],
): TrainingData {
  const nSamples = rows.length;
  const nFeatures = rows[0]?.length ?? 0;
  const values = new Float64Array(nSamples * nFeatures);
  rows.forEach((row, i) => {
    row.forEach((value, j) => {
      values[j * nSamples + i] = value;
    });
  });
  const features = Array.from({ length: nFeatures }, (_, j): Feature => {
    const name = `f${j}`;
    const nCategories = categories[j] ?? 0;
    return nCategories > 0
      ? { name, column: name, kind: 'categorical', nCategories }
      : { name, column: name, kind: 'numeric' };
  });
  return { x: { nSamples, nFeatures, values, features }, y };
}

export function classes(codes: readonly number[], nClasses = Math.max(...codes) + 1): Target {
  return { task: 'classification', codes: Int32Array.from(codes), nClasses };
}

export function numbers(values: readonly number[]): Target {
  return { task: 'regression', values: Float64Array.from(values) };
}

/** Fits with defaults but for `options`, on `threads` threads, with seed 1. */
export async function fitWith(
  algorithm: Algorithm,
  data: TrainingData,
  options: Record<string, ParameterValue> = {},
  {
    threads = 1,
    seed = 1,
    checkpoint = () => {},
  }: { threads?: number; seed?: number; checkpoint?: (f: number) => void } = {},
): Promise<Predictor> {
  const defaults = Object.fromEntries(
    algorithm.parameters.map((parameter) => [parameter.name, parameter.default]),
  );
  const pool = createThreadPool({ size: threads });
  try {
    const context = { random: new Random(seed), threads: pool, checkpoint };
    return await algorithm.fit(data, { ...defaults, ...options }, context);
  } finally {
    await pool.close();
  }
}

/** Predictions of rows, one array a row. */
export function predictRows(predictor: Predictor, rows: readonly number[][]): number[][] {
  const out = new Float64Array(rows.length * predictor.nOutputs);
  predictor.predictInto(Float64Array.from(rows.flat()), rows.length, out);
  return rows.map((_, i) => Array.from(out.subarray(i * predictor.nOutputs, (i + 1) * predictor.nOutputs)));
}

/** Predictions of the rows that it was fitted on. */
export function predictData(predictor: Predictor, { x }: TrainingData): number[][] {
  const rows = Array.from({ length: x.nSamples }, (_, i) =>
    Array.from({ length: x.nFeatures }, (_, j) => x.values[j * x.nSamples + i] as number),
  );
  return predictRows(predictor, rows);
}

/** Rows of small integers (many ties), with NaN at the given rate. */
export function randomRows(
  random: Random,
  nRows: number,
  nFeatures: number,
  levels: number,
  missingRate = 0,
): number[][] {
  return Array.from({ length: nRows }, () =>
    Array.from({ length: nFeatures }, () =>
      random.next() < missingRate ? Number.NaN : random.below(levels),
    ),
  );
}
