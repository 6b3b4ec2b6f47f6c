import type { Algorithm } from '../estimator.js';
import type { ColumnType } from '../matrix/table.js';
import { DEFAULT_DATE_PARTS } from '../preprocessing/date-parts.js';
import { DEFAULT_BUCKETS } from '../preprocessing/hashing-encoder.js';
import { targetOutputs } from '../preprocessing/target-encoder.js';
import { findAlgorithm } from '../registry.js';
import { defaultEncoding, MAX_ONE_HOT_CATEGORIES } from './fit-text-column.js';
import type { ColumnPolicy, EncodingPolicy, PipelineSpec } from './spec.js';
import { MAX_CLASSES } from './training-target.js';

/** What is known of a data set before it is read. */
export interface TrainingShape {
  readonly nRows: number;
  /** Threads of the training, where that is known. */
  readonly nThreads?: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: ColumnType;
    readonly distinctCount: number;
  }[];
}

/** A JavaScript string, its dictionary entry and its place in a map. */
const BYTES_PER_CATEGORY = 150;
const MIB = 1024 * 1024;
/** The engine, the code, what garbage collection has not yet returned, and the model's exports being opened and compared. */
const BASE_BYTES = 215 * MIB;
/** An engine of its own. */
const BYTES_PER_THREAD = 20 * MIB;
/** When nobody says how many threads there are. */
const USUAL_THREADS = 2;

/**
 * Peak bytes of a whole training: the table, overridden columns, the encoded matrix, the estimator's own need,
 * the outputs of the evaluation, and the bundle. Errs upwards, by less than twice: estimate-bytes.spec.ts has what was
 * measured for each algorithm.
 * @throws LearnError unknown_algorithm
 */
export function estimateTrainingBytes(
  shape: TrainingShape,
  spec: PipelineSpec,
  find: (name: string) => Algorithm = findAlgorithm,
): number {
  const algorithm = find(spec.algorithm);
  const { nRows } = shape;
  const nSamples = Math.ceil(nRows * (1 - spec.testShare));
  const dropNames = new Set(spec.dropColumns);
  let tableBytes = 0;
  let nFeatures = 0;
  const target = shape.columns.find(({ name }) => name === spec.target);
  const nClasses =
    algorithm.task === 'classification' ? Math.min(target?.distinctCount ?? 0, MAX_CLASSES) : 0;
  for (const { name, type, distinctCount } of shape.columns) {
    const policy = spec.columns[name];
    const effective = policy?.type ?? type;
    tableBytes += columnBytes(type, nRows, distinctCount);
    if (effective !== type) tableBytes += columnBytes(effective, nRows, distinctCount);
    if (name === spec.target || dropNames.has(name)) continue;
    const encoding = policy?.encoding ?? defaultEncoding(algorithm.input, distinctCount);
    nFeatures += featuresOf(effective, distinctCount, encoding, policy ?? {}, nClasses);
  }
  const rowBytes = 8 * nFeatures + 8 * Math.max(nClasses, 1) + 16;
  const fitBytes = algorithm.estimateFitBytes(
    { nSamples, nFeatures, nClasses, ...(shape.nThreads === undefined ? {} : { nThreads: shape.nThreads }) },
    spec.parameters,
  );
  const threadBytes = BYTES_PER_THREAD * (shape.nThreads ?? USUAL_THREADS);
  return BASE_BYTES + threadBytes + tableBytes + rowBytes * nRows + fitBytes;
}

function columnBytes(type: ColumnType, nRows: number, distinctCount: number): number {
  return type === 'text' ? 4 * nRows + BYTES_PER_CATEGORY * distinctCount : 8 * nRows;
}

function featuresOf(
  type: ColumnType,
  distinctCount: number,
  encoding: EncodingPolicy,
  policy: ColumnPolicy,
  nClasses: number,
): number {
  const indicator = policy.addIndicator === true ? 1 : 0;
  if (type === 'date') return (policy.dateParts?.length ?? DEFAULT_DATE_PARTS.length) + indicator;
  if (type !== 'text') return 1 + indicator;
  switch (encoding) {
    case 'ordinal':
      return 1 + indicator;
    case 'target':
      return targetOutputs(nClasses) + indicator;
    case 'hashing':
      return (policy.nBuckets ?? DEFAULT_BUCKETS) + indicator;
    case 'one_hot': {
      // The rare bin and the category that stands in for missing values may come on top.
      const most = Math.min(distinctCount, MAX_ONE_HOT_CATEGORIES, policy.maxCategories ?? Infinity);
      return most + 2 + indicator;
    }
  }
}
