/**
 * k-means: `nInit` starts from different centres, each run to its end by `lloyd`; the one with the least inertia
 * is kept. As in scikit-learn, `tol` is relative to the mean variance of the features.
 */
import { LearnError } from '../../errors.js';
import type { Algorithm, EstimatorState, FitContext, Predictor, TrainingData } from '../../estimator.js';
import type { JsonObject } from '../../json.js';
import { toRowMajor } from '../../matrix/feature-matrix.js';
import type { ParameterValues } from '../../parameters.js';
import { damaged } from '../../preprocessing/state-reader.js';
import { inSharedMemory, requireFinite, requireRows, rowWeights } from '../fit-input.js';
import { readFloat64Matrix } from '../read-state.js';
import { nearestCentre } from './assign-kernel.js';
import { type Clustering, lloyd } from './lloyd.js';
import { plusPlusCentres, randomCentres, type WeightedRows } from './seed-centres.js';

export const kMeans: Algorithm = {
  name: 'k_means',
  title: 'k-means',
  task: 'clustering',
  summary:
    'Groups rows around k centres so that each is near to its own. Finds round clusters; sensitive to scaling.',
  parameters: [
    {
      name: 'nClusters',
      label: 'Clusters',
      description: 'How many clusters to make.',
      default: 8,
      accepts: [{ kind: 'integer', minimum: 1, maximum: 100_000 }],
    },
    {
      name: 'init',
      label: 'First centres',
      description: '"k-means++": drawn far from each other; "random": drawn from all rows alike.',
      default: 'k-means++',
      accepts: [{ kind: 'choice', of: ['k-means++', 'random'] }],
    },
    {
      name: 'nInit',
      label: 'Starts',
      description:
        'From how many first centres to start; the best result is kept. "auto": 1 with k-means++, 10 with random.',
      default: 'auto',
      accepts: [
        { kind: 'choice', of: ['auto'] },
        { kind: 'integer', minimum: 1, maximum: 1000 },
      ],
    },
    {
      name: 'maxIter',
      label: 'Iterations at most',
      description: 'How often the centres may move in one start.',
      default: 300,
      accepts: [{ kind: 'integer', minimum: 1, maximum: 1_000_000 }],
    },
    {
      name: 'tol',
      label: 'Tolerance',
      description: 'Stop when the centres move less than this, relative to the variance of the features.',
      default: 1e-4,
      accepts: [{ kind: 'number', minimum: 0 }],
    },
    {
      name: 'algorithm',
      label: 'Method',
      description:
        '"lloyd": measure every distance; "elkan": skip those that bounds make needless. The clusters are the same.',
      default: 'lloyd',
      accepts: [{ kind: 'choice', of: ['lloyd', 'elkan'] }],
    },
  ],
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: true },
  estimateFitBytes: ({ nSamples, nFeatures }, options) => {
    const nCentres = (options.nClusters as number) * nFeatures;
    return 8 * nSamples * (2 * nFeatures + 10) + 8 * nCentres * (4 + Math.ceil(nSamples / 8192)) + 4096;
  },
  fit: fitKMeans,
  restore: (state) => clusterPredictor(readCentres(state)),
};

async function fitKMeans(
  data: TrainingData,
  options: ParameterValues,
  context: FitContext,
): Promise<Predictor> {
  const { x } = data;
  const nClusters = options.nClusters as number;
  requireRows(x.nSamples);
  requireFinite(x);
  if (x.nSamples < nClusters) {
    throw new LearnError(
      'not_enough_rows',
      `There must be at least as many rows as clusters: ${nClusters} clusters, ${x.nSamples} rows.`,
      { parameter: 'nClusters' },
    );
  }
  const rows: WeightedRows = {
    rows: inSharedMemory(toRowMajor(x)),
    nSamples: x.nSamples,
    nFeatures: x.nFeatures,
    weights: rowWeights(data),
  };
  const nStarts = options.nInit === 'auto' ? (options.init === 'random' ? 10 : 1) : (options.nInit as number);
  const runOptions = {
    maxIterations: options.maxIter as number,
    tolerance: (options.tol as number) * meanVariance(rows),
    bounded: options.algorithm === 'elkan',
  };
  let best: Clustering | undefined;
  for (let start = 0; start < nStarts; start++) {
    const random = context.random.fork(start);
    const checkpoint = (fraction: number): void => context.checkpoint((start + fraction) / nStarts);
    const first =
      options.init === 'random'
        ? randomCentres(rows, nClusters, random)
        : plusPlusCentres(rows, nClusters, random, () => checkpoint(0));
    const run = await lloyd(rows, first, runOptions, { threads: context.threads, checkpoint });
    if (best === undefined || run.inertia < best.inertia) best = run;
  }
  const { centres, inertia, iterations, converged } = best as Clustering;
  return clusterPredictor(
    { centres, nClusters, nFeatures: x.nFeatures },
    { inertia, iterations, converged, starts: nStarts },
    converged ? [] : [`The centres still moved after ${runOptions.maxIterations} iterations: raise maxIter.`],
  );
}

/** Mean over the features of their (unweighted) variance. */
function meanVariance({ rows, nSamples, nFeatures }: WeightedRows): number {
  let total = 0;
  for (let j = 0; j < nFeatures; j++) {
    let sum = 0;
    for (let i = 0; i < nSamples; i++) sum += rows[i * nFeatures + j] as number;
    const mean = sum / nSamples;
    let squared = 0;
    for (let i = 0; i < nSamples; i++) squared += ((rows[i * nFeatures + j] as number) - mean) ** 2;
    total += squared / nSamples;
  }
  return nFeatures === 0 ? 0 : total / nFeatures;
}

interface Centres {
  /** Row-major nClusters * nFeatures. */
  readonly centres: Float64Array;
  readonly nClusters: number;
  readonly nFeatures: number;
}

function clusterPredictor(
  { centres, nClusters, nFeatures }: Centres,
  facts?: JsonObject,
  warnings?: readonly string[],
): Predictor {
  return {
    nFeatures,
    nOutputs: 1,
    outputKind: 'cluster',
    predictInto(rows, nRows, out) {
      for (let i = 0; i < nRows; i++)
        out[i] = nearestCentre(rows, i * nFeatures, centres, nClusters, nFeatures);
    },
    toState: () => ({ config: {}, tensors: { centres: { shape: [nClusters, nFeatures], data: centres } } }),
    facts,
    warnings,
  };
}

function readCentres({ tensors }: EstimatorState): Centres {
  const { nRows, nColumns, data } = readFloat64Matrix(tensors, 'centres');
  if (nRows < 1) throw damaged('tensor centres', 'a matrix of at least one row');
  return { centres: data, nClusters: nRows, nFeatures: nColumns };
}
