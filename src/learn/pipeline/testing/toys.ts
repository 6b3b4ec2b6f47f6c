import { LearnError } from '../../errors.js';
import type {
  Algorithm,
  EstimatorState,
  InputPreference,
  Predictor,
  Task,
  TrainingData,
} from '../../estimator.js';
import { featureColumn } from '../../matrix/feature-matrix.js';
import type { Column, Table } from '../../matrix/table.js';
import type { ThreadPool } from '../../parallel/thread-pool.js';
import type { PipelineSpec } from '../spec.js';
import type { TrainingContext } from '../train-pipeline.js';

/** Runs nothing: the toys need no threads. */
const noThreads: ThreadPool = {
  size: 1,
  map: () => Promise.reject(new Error('a toy used a thread')),
  close: () => Promise.resolve(),
};

/**
 * An algorithm that can be worked out by hand: it learns the mean of each feature (NaN left out) and answers, for
 * each output k, with the sum over the features of (value - mean) * (k + 1), NaN as 7. As a classifier it gives
 * these as probabilities, of which nothing here asks that they sum to 1.
 */
export function toyAlgorithm(task: Task, input: Partial<InputPreference> = {}): Algorithm {
  const algorithm: Algorithm = {
    name: `toy_${task}`,
    title: 'Toy',
    task,
    summary: 'Differences from the mean.',
    parameters: [],
    input: { categories: 'one_hot', missing: 'native', scaleSensitive: false, ...input },
    estimateFitBytes: () => 1000,
    fit: (data: TrainingData) => {
      const means = Float64Array.from({ length: data.x.nFeatures }, (_, j) => {
        const present = featureColumn(data.x, j).filter((value) => !Number.isNaN(value));
        return present.length === 0 ? 0 : present.reduce((sum, value) => sum + value, 0) / present.length;
      });
      return Promise.resolve(
        toyPredictor(task, means, data.y.task === 'classification' ? data.y.nClasses : 1),
      );
    },
    restore: ({ config, tensors }: EstimatorState) => {
      const means = tensors['means']?.data;
      if (!(means instanceof Float64Array) || typeof config['nOutputs'] !== 'number') {
        throw new LearnError('invalid_state', 'means are missing');
      }
      return toyPredictor(task, means, config['nOutputs']);
    },
  };
  return algorithm;
}

function toyPredictor(task: Task, means: Float64Array, nOutputs: number): Predictor {
  const kinds = { classification: 'probabilities', regression: 'value', clustering: 'cluster' } as const;
  return {
    nFeatures: means.length,
    nOutputs,
    outputKind: kinds[task],
    featureImportances: means.map(() => 1 / means.length),
    predictInto(rows, nRows, out) {
      for (let i = 0; i < nRows; i++) {
        let sum = 0;
        for (let j = 0; j < means.length; j++) {
          const value = rows[i * means.length + j] as number;
          sum += (Number.isNaN(value) ? 7 : value - (means[j] as number)) * (j + 1);
        }
        for (let k = 0; k < nOutputs; k++) {
          out[i * nOutputs + k] = task === 'clustering' ? Math.abs(Math.floor(sum)) % 2 : sum * (k + 1);
        }
      }
    },
    toState: () => ({ config: { nOutputs }, tensors: { means: { shape: [means.length], data: means } } }),
  };
}

export function toyContext(algorithm: Algorithm): TrainingContext {
  return {
    threads: noThreads,
    onProgress: () => undefined,
    isCanceled: () => false,
    findAlgorithm: () => algorithm,
  };
}

export function toySpec(algorithm: Algorithm, overrides: Partial<PipelineSpec> = {}): PipelineSpec {
  return {
    algorithm: algorithm.name,
    parameters: {},
    target: 'y',
    dropColumns: [],
    normalization: 'none',
    columns: {},
    testShare: 0.25,
    seed: 1,
    ...overrides,
  };
}

export type Cell = string | number | boolean | null;

/** A column from JSON values; a date from ISO text. */
export function columnFrom(name: string, type: Column['type'], cells: readonly Cell[]): Column {
  if (type === 'text') {
    const dictionary = [...new Set(cells.filter((cell) => cell !== null).map(String))];
    const codes = Int32Array.from(cells, (cell) => (cell === null ? -1 : dictionary.indexOf(String(cell))));
    return { name, type, codes, dictionary };
  }
  const read = (cell: Cell): number => {
    if (cell === null) return Number.NaN;
    return type === 'date' && typeof cell === 'string' ? Date.parse(cell) : Number(cell);
  };
  return { name, type, values: Float64Array.from(cells, read) };
}

export function tableFrom(columns: readonly Column[]): Table {
  const first = columns[0];
  return {
    nRows: first === undefined ? 0 : first.type === 'text' ? first.codes.length : first.values.length,
    columns,
  };
}
