import type { Algorithm } from '../estimator.js';
import type { ColumnType } from '../matrix/table.js';
import { findAlgorithm } from '../registry.js';
import { defaultEncoding, MAX_ONE_HOT_CATEGORIES } from './fit-column.js';
import type { PipelineSpec } from './spec.js';
import { MAX_CLASSES } from './training-target.js';

/** What is known of a data set before it is read. */
export interface TrainingShape {
  readonly nRows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: ColumnType;
    readonly distinctCount: number;
  }[];
}

/** A JavaScript string, its dictionary entry and its place in a map. */
const BYTES_PER_CATEGORY = 150;
/** The engine, the code, and what garbage collection has not yet returned. */
const BASE_BYTES = 150 * 1024 * 1024;

/**
 * Peak bytes of a whole training: the table, overridden columns, the encoded matrix, the estimator's own need,
 * and the outputs of the evaluation. Errs upwards.
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
  let nClasses = 0;
  for (const { name, type, distinctCount } of shape.columns) {
    const policy = spec.columns[name];
    const effective = policy?.type ?? type;
    tableBytes += columnBytes(type, nRows, distinctCount);
    if (effective !== type) tableBytes += columnBytes(effective, nRows, distinctCount);
    if (name === spec.target) {
      nClasses = algorithm.task === 'classification' ? Math.min(distinctCount, MAX_CLASSES) : 0;
    } else if (!dropNames.has(name)) {
      const encoding = policy?.encoding ?? defaultEncoding(algorithm.input, distinctCount);
      nFeatures += featuresOf(effective, distinctCount, encoding === 'one_hot');
    }
  }
  const rowBytes = 8 * nFeatures + 8 * Math.max(nClasses, 1) + 16;
  const fitBytes = algorithm.estimateFitBytes({ nSamples, nFeatures, nClasses }, spec.parameters);
  return BASE_BYTES + tableBytes + rowBytes * nRows + fitBytes;
}

function columnBytes(type: ColumnType, nRows: number, distinctCount: number): number {
  return type === 'text' ? 4 * nRows + BYTES_PER_CATEGORY * distinctCount : 8 * nRows;
}

function featuresOf(type: ColumnType, distinctCount: number, isOneHot: boolean): number {
  if (type === 'date') return 5;
  // The rare bin and the category that stands in for missing values may come on top.
  return type === 'text' && isOneHot ? Math.min(distinctCount, MAX_ONE_HOT_CATEGORIES) + 2 : 1;
}
