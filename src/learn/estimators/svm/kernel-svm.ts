/**
 * Support vector machines with a kernel. Several classes are learned in pairs, each pair from its own rows. Rows
 * that end with a variable of zero are forgotten; the others are the support vectors, kept once for all pairs. Each pair
 * is one piece of work for the threads.
 *
 * Time grows with the square of the rows and more, so their number is limited.
 */
import { LearnError } from '../../errors.js';
import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { inSharedMemory, toRowMajor } from '../../matrix/feature-matrix.js';
import type { KernelControl } from '../../parallel/thread-pool.js';
import type { ParameterDefinition, ParameterValues } from '../../parameters.js';
import { classWeightedRows } from '../class-weights.js';
import { classTarget, requireFinite, requireRows, rowWeights, valueTarget } from '../fit-input.js';
import { CLASS_WEIGHT, tolerance } from '../linear/linear-parameters.js';
import { KERNELS, type KernelFunction } from './kernel-function.js';
import { COST } from './linear-svm.js';
import { gather, PAIR_KERNEL, type PairResult, type PairsInput, separatePair } from './pair-kernel.js';
import { type SmoProblem, solveSmo } from './smo.js';
import { readSupportVectors, supportVectorPredictor } from './support-vectors.js';

const MAX_ROWS = 20_000;
/** When nobody says how many threads there are. */
const USUAL_THREADS = 2;
const BYTES_PER_MEGABYTE = 2 ** 20;
/** Below this many multiplications, starting threads takes longer than the pairs. */
const LEAST_WORK_FOR_THREADS = 5e8;

const SHARED_PARAMETERS: readonly ParameterDefinition[] = [
  COST,
  {
    name: 'kernel',
    label: 'Kernel',
    description:
      'How the likeness of rows is measured: "rbf" by distance, "linear" and "poly" by inner products.',
    default: 'rbf',
    accepts: [{ kind: 'choice', of: KERNELS }],
  },
  {
    name: 'degree',
    label: 'Degree',
    description: 'The exponent of the kernel "poly".',
    default: 3,
    accepts: [{ kind: 'integer', minimum: 0, maximum: 100 }],
  },
  {
    name: 'gamma',
    label: 'Reach',
    description:
      'How fast likeness falls with distance: "scale": 1 / (features * variance); "auto": 1 / features; or a number.',
    default: 'scale',
    accepts: [
      { kind: 'choice', of: ['scale', 'auto'] },
      { kind: 'number', exclusiveMinimum: 0 },
    ],
  },
  {
    name: 'coef0',
    label: 'Constant term',
    description: 'Added to the inner product by the kernel "poly".',
    default: 0,
    accepts: [{ kind: 'number' }],
  },
  tolerance(1e-3, 'The solver stops when no two rows violate their optimum by more than this.'),
  {
    name: 'cacheSize',
    label: 'Cache',
    description: 'How many megabytes of the kernel matrix are kept; it changes speed, not answers.',
    default: 200,
    accepts: [{ kind: 'number', exclusiveMinimum: 0, maximum: 100_000 }],
  },
  {
    name: 'maxIter',
    label: 'Steps at most',
    description: 'How many steps the solver may take; -1: as many as it needs.',
    default: -1,
    accepts: [{ kind: 'integer', minimum: -1, maximum: 1_000_000_000 }],
  },
];

const COMMON = {
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: true },
  estimateFitBytes: ({ nSamples, nFeatures, nClasses, nThreads = USUAL_THREADS }, options) => {
    // Every two classes are a problem of their own, with a cache of its own while it is solved.
    const nAtOnce = Math.min(Math.max(1, (nClasses * (nClasses - 1)) / 2), nThreads);
    const cacheBytes = (options.cacheSize as number) * BYTES_PER_MEGABYTE + 16 * nSamples;
    return (
      8 * nSamples * (4 * nFeatures + 12 + Math.max(nClasses, 1)) +
      nAtOnce * Math.min(cacheBytes, 8 * nSamples * nSamples) +
      4096
    );
  },
} satisfies Partial<Algorithm>;

export const svc: Algorithm = {
  ...COMMON,
  name: 'svc',
  title: 'Support vectors (classes)',
  task: 'classification',
  summary: `Separates classes by curved borders with the widest margin. Strong on small clean data, at most ${MAX_ROWS} rows.`,
  parameters: [...SHARED_PARAMETERS, CLASS_WEIGHT],
  fit: fitPairs,
  restore: (state) => supportVectorPredictor(readSupportVectors(state, true)),
};

export const svr: Algorithm = {
  ...COMMON,
  name: 'svr',
  title: 'Support vectors (values)',
  task: 'regression',
  summary: `Fits a smooth curve that ignores small errors. Strong on small clean data, at most ${MAX_ROWS} rows.`,
  parameters: [
    ...SHARED_PARAMETERS,
    {
      name: 'epsilon',
      label: 'Free error',
      description: 'Errors up to this cost nothing, in the unit of the target.',
      default: 0.1,
      accepts: [{ kind: 'number', minimum: 0 }],
    },
  ],
  fit: async (data, options, context) => fitCurve(data, options, context),
  restore: (state) => supportVectorPredictor(readSupportVectors(state, false)),
};

/** The rows, and what their likeness is. */
interface Space {
  readonly rows: Float64Array;
  readonly nFeatures: number;
  readonly kernel: KernelFunction;
}

async function fitPairs(
  data: TrainingData,
  options: ParameterValues,
  context: FitContext,
): Promise<Predictor> {
  const { codes, nClasses } = classTarget(data);
  const space = spaceOf(data, options);
  const weights = classWeightedRows(data, options.classWeight);
  const all = Array.from({ length: nClasses }, (): number[] => []);
  for (const [i, code] of codes.entries()) if ((weights[i] as number) > 0) all[code]?.push(i);
  const present = [...all.keys()].filter((code) => (all[code] as number[]).length > 0);
  const input: PairsInput = {
    ...space,
    members: present.map((code) => Uint32Array.from(all[code] as number[])),
    costs: weights.map((weight) => weight * (options.C as number)),
    pairs: present.flatMap((_, first) =>
      present.slice(first + 1).map((_, after) => [first, first + 1 + after] as const),
    ),
    ...limitsOf(options),
  };
  const nPairs = input.pairs.length;
  const parts =
    nPairs === 1 || workOf(input) < LEAST_WORK_FOR_THREADS
      ? input.pairs.map((_, k) => separatePair(input, k, stretch(context, k, nPairs)))
      : await context.threads.map<PairsInput, PairResult>(PAIR_KERNEL, input, nPairs, context.checkpoint);
  return assemble(parts, space, nClasses, present);
}

/** Multiplications of all kernel matrices. */
function workOf({ pairs, members, nFeatures }: PairsInput): number {
  const sizeOf = (k: number): number => (members[k] as Uint32Array).length;
  return pairs.reduce((sum, [a, b]) => sum + (sizeOf(a) + sizeOf(b)) ** 2 * nFeatures, 0);
}

/** The checkpoint of one of several equal parts of a fit. */
function stretch({ checkpoint }: FitContext, part: number, nParts: number): KernelControl {
  return { checkpoint: (fraction) => checkpoint((part + fraction) / nParts) };
}

function limitsOf(options: ParameterValues): Pick<PairsInput, 'tolerance' | 'maxIterations' | 'cacheBytes'> {
  return {
    tolerance: options.tol as number,
    maxIterations: options.maxIter as number,
    cacheBytes: (options.cacheSize as number) * BYTES_PER_MEGABYTE,
  };
}

/** Variables 0..n-1 push the curve up to a row, n..2n-1 down to it. */
function fitCurve(data: TrainingData, options: ParameterValues, context: FitContext): Predictor {
  const target = valueTarget(data);
  const space = spaceOf(data, options);
  const weights = rowWeights(data);
  const chosen = Uint32Array.from(weights.keys()).filter((i) => (weights[i] as number) > 0);
  const n = chosen.length;
  const epsilon = options.epsilon as number;
  const rowOf = (t: number): number => chosen[t % n] as number;
  const variables = Array.from({ length: 2 * n }, (_, t) => t);
  const problem: SmoProblem = {
    signs: Int8Array.from(variables, (t) => (t < n ? 1 : -1)),
    linear: Float64Array.from(variables, (t) => epsilon + (t < n ? -1 : 1) * (target[rowOf(t)] as number)),
    costs: Float64Array.from(variables, (t) => (weights[rowOf(t)] as number) * (options.C as number)),
    nRows: n,
  };
  const { tolerance, maxIterations, cacheBytes } = limitsOf(options);
  context.checkpoint(0);
  const own = { ...space, rows: gather(space.rows, space.nFeatures, chosen), cacheBytes };
  const result = solveSmo(problem, own, tolerance, maxIterations, context.checkpoint);
  const coefficients = Float64Array.from(
    { length: n },
    (_, t) => (result.alphas[t] as number) - (result.alphas[t + n] as number),
  );
  return assemble([{ ...result, chosen, coefficients }], space, 0, []);
}

function spaceOf({ x }: TrainingData, options: ParameterValues): Space {
  requireRows(x.nSamples);
  requireFinite(x);
  if (x.nSamples > MAX_ROWS) {
    throw new LearnError('too_many_rows', `Kernels take at most ${MAX_ROWS} rows; there are ${x.nSamples}.`);
  }
  const rows = inSharedMemory(toRowMajor(x));
  const gamma = gammaOf(rows, x.nFeatures, options.gamma as string | number);
  return {
    rows,
    nFeatures: x.nFeatures,
    kernel: {
      kernel: options.kernel as KernelFunction['kernel'],
      gamma,
      degree: options.degree as number,
      coef0: options.coef0 as number,
    },
  };
}

function gammaOf(rows: Float64Array, nFeatures: number, gamma: string | number): number {
  if (typeof gamma === 'number') return gamma;
  if (gamma === 'auto') return 1 / nFeatures;
  let sum = 0;
  for (const value of rows) sum += value;
  const mean = sum / rows.length;
  let squared = 0;
  for (const value of rows) squared += (value - mean) ** 2;
  const variance = squared / rows.length;
  return variance > 0 && Number.isFinite(variance) ? 1 / (nFeatures * variance) : 1;
}

function assemble(
  parts: readonly PairResult[],
  { rows, nFeatures, kernel }: Space,
  nClasses: number,
  present: readonly number[],
): Predictor {
  if (!parts.every(({ offset, alphas }) => Number.isFinite(offset) && alphas.every(Number.isFinite))) {
    throw new LearnError('numerical_failure', 'The kernel did not stay finite: scale the features.');
  }
  const isSupport = new Uint8Array(rows.length / nFeatures);
  for (const { chosen, coefficients } of parts) {
    for (let t = 0; t < chosen.length; t++) if (coefficients[t] !== 0) isSupport[chosen[t] as number] = 1;
  }
  const order = Uint32Array.from(isSupport.keys()).filter((row) => isSupport[row] === 1);
  const placeOf = new Uint32Array(isSupport.length);
  for (const [s, row] of order.entries()) placeOf[row] = s;
  const vectors = new Float64Array(order.length * nFeatures);
  for (const [s, row] of order.entries()) {
    vectors.set(rows.subarray(row * nFeatures, (row + 1) * nFeatures), s * nFeatures);
  }
  const coefficients = new Float64Array(parts.length * order.length);
  for (const [f, part] of parts.entries()) {
    for (let t = 0; t < part.chosen.length; t++) {
      const row = part.chosen[t] as number;
      if (isSupport[row] === 1) {
        coefficients[f * order.length + (placeOf[row] as number)] = part.coefficients[t] as number;
      }
    }
  }
  const offsets = Float64Array.from(parts, ({ offset }) => offset);
  const converged = parts.every((part) => part.converged);
  const iterations = parts.reduce((sum, part) => sum + part.iterations, 0);
  return supportVectorPredictor(
    { kernel, vectors, nVectors: order.length, nFeatures, coefficients, offsets, nClasses, present },
    { supportVectors: order.length, iterations, converged },
    converged
      ? []
      : [`The solver did not converge in its ${iterations} steps: raise maxIter or scale the features.`],
  );
}
