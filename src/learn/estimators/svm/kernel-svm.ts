/**
 * Support vector machines with a kernel. Several classes are learned in pairs, each pair from its own rows. Rows
 * that end with a variable of zero are forgotten; the others are the support vectors, kept once for all pairs.
 *
 * Time grows with the square of the rows and more, so their number is limited.
 */
import { LearnError } from '../../errors.js';
import type { Algorithm, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { toRowMajor } from '../../matrix/feature-matrix.js';
import type { ParameterDefinition, ParameterValues } from '../../parameters.js';
import { classWeightedRows } from '../class-weights.js';
import { classTarget, requireFinite, requireRows, rowWeights, valueTarget } from '../fit-input.js';
import { CLASS_WEIGHT, tolerance } from '../linear/linear-parameters.js';
import { KERNELS, type KernelFunction, KernelRows } from './kernel-function.js';
import { COST } from './linear-svm.js';
import { type SmoProblem, type SmoResult, solveSmo } from './smo.js';
import { readSupportVectors, supportVectorPredictor } from './support-vectors.js';

const MAX_ROWS = 20_000;
const BYTES_PER_MEGABYTE = 2 ** 20;

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
  estimateFitBytes: ({ nSamples, nFeatures, nClasses }, options) =>
    8 * nSamples * (4 * nFeatures + 12 + Math.max(nClasses, 1)) +
    Math.min((options.cacheSize as number) * BYTES_PER_MEGABYTE + 16 * nSamples, 8 * nSamples * nSamples) +
    4096,
} satisfies Partial<Algorithm>;

export const svc: Algorithm = {
  ...COMMON,
  name: 'svc',
  title: 'Support vectors (classes)',
  task: 'classification',
  summary: `Separates classes by curved borders with the widest margin. Strong on small clean data, at most ${MAX_ROWS} rows.`,
  parameters: [...SHARED_PARAMETERS, CLASS_WEIGHT],
  fit: async (data, options, context) => fitPairs(data, options, context),
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

function fitPairs(data: TrainingData, options: ParameterValues, context: FitContext): Predictor {
  const { codes, nClasses } = classTarget(data);
  const space = spaceOf(data, options);
  const weights = classWeightedRows(data, options.classWeight);
  const members = Array.from({ length: nClasses }, (_, code) =>
    [...codes.keys()].filter((i) => codes[i] === code && (weights[i] as number) > 0),
  );
  const present = [...members.keys()].filter((code) => (members[code] as number[]).length > 0);
  const nPairs = (present.length * (present.length - 1)) / 2;
  const parts: Part[] = [];
  for (const [at, first] of present.entries()) {
    for (const second of present.slice(at + 1)) {
      const chosen = [...(members[first] as number[]), ...(members[second] as number[])].sort(
        (a, b) => a - b,
      );
      const problem: SmoProblem = {
        signs: Int8Array.from(chosen, (i) => (codes[i] === second ? 1 : -1)),
        linear: new Float64Array(chosen.length).fill(-1),
        costs: Float64Array.from(chosen, (i) => (weights[i] as number) * (options.C as number)),
        nRows: chosen.length,
      };
      const done = parts.length;
      const result = solve(problem, space, chosen, options, (f) => context.checkpoint((done + f) / nPairs));
      const coefficients = result.alphas.map((alpha, t) => alpha * (problem.signs[t] as number));
      parts.push({ chosen, coefficients, result });
    }
  }
  return assemble(parts, space, nClasses, present);
}

/** Variables 0..n-1 push the curve up to a row, n..2n-1 down to it. */
function fitCurve(data: TrainingData, options: ParameterValues, context: FitContext): Predictor {
  const target = valueTarget(data);
  const space = spaceOf(data, options);
  const weights = rowWeights(data);
  const chosen = [...weights.keys()].filter((i) => (weights[i] as number) > 0);
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
  const result = solve(problem, space, chosen, options, context.checkpoint);
  const coefficients = Float64Array.from(
    { length: n },
    (_, t) => (result.alphas[t] as number) - (result.alphas[t + n] as number),
  );
  return assemble([{ chosen, coefficients, result }], space, 0, []);
}

function spaceOf({ x }: TrainingData, options: ParameterValues): Space {
  requireRows(x.nSamples);
  requireFinite(x);
  if (x.nSamples > MAX_ROWS) {
    throw new LearnError('too_many_rows', `Kernels take at most ${MAX_ROWS} rows; there are ${x.nSamples}.`);
  }
  const rows = toRowMajor(x);
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

function solve(
  problem: SmoProblem,
  { rows, nFeatures, kernel }: Space,
  chosen: readonly number[],
  options: ParameterValues,
  checkpoint: (fraction: number) => void,
): SmoResult {
  checkpoint(0);
  const own = new Float64Array(chosen.length * nFeatures);
  for (const [i, row] of chosen.entries()) {
    own.set(rows.subarray(row * nFeatures, (row + 1) * nFeatures), i * nFeatures);
  }
  const budget = (options.cacheSize as number) * BYTES_PER_MEGABYTE;
  const kernelRows = new KernelRows(own, chosen.length, nFeatures, kernel, budget);
  const result = solveSmo(problem, kernelRows, options.tol as number, options.maxIter as number, checkpoint);
  if (!Number.isFinite(result.offset) || !result.alphas.every(Number.isFinite)) {
    throw new LearnError('numerical_failure', 'The kernel did not stay finite: scale the features.');
  }
  return result;
}

/** One decision function: a coefficient for each of its rows. */
interface Part {
  readonly chosen: readonly number[];
  readonly coefficients: Float64Array;
  readonly result: SmoResult;
}

function assemble(
  parts: readonly Part[],
  { rows, nFeatures, kernel }: Space,
  nClasses: number,
  present: readonly number[],
): Predictor {
  const support = new Set(
    parts.flatMap(({ chosen, coefficients }) => chosen.filter((_, t) => coefficients[t] !== 0)),
  );
  const order = [...support].sort((a, b) => a - b);
  const placeOf = new Map(order.map((row, s) => [row, s]));
  const vectors = new Float64Array(order.length * nFeatures);
  for (const [s, row] of order.entries()) {
    vectors.set(rows.subarray(row * nFeatures, (row + 1) * nFeatures), s * nFeatures);
  }
  const coefficients = new Float64Array(parts.length * order.length);
  for (const [f, part] of parts.entries()) {
    for (const [t, row] of part.chosen.entries()) {
      const s = placeOf.get(row);
      if (s !== undefined) coefficients[f * order.length + s] = part.coefficients[t] as number;
    }
  }
  const offsets = Float64Array.from(parts, ({ result }) => result.offset);
  const converged = parts.every(({ result }) => result.converged);
  const iterations = parts.reduce((sum, { result }) => sum + result.iterations, 0);
  return supportVectorPredictor(
    { kernel, vectors, nVectors: order.length, nFeatures, coefficients, offsets, nClasses, present },
    { supportVectors: order.length, iterations, converged },
    converged
      ? []
      : [`The solver did not converge in its ${iterations} steps: raise maxIter or scale the features.`],
  );
}
