/** Linear support vector machines: a hyperplane with a margin, and a line with a tube. */
import { LearnError } from '../../errors.js';
import type { Algorithm, EstimatorState, FitContext, Predictor, TrainingData } from '../../estimator.js';
import { toRowMajor } from '../../matrix/feature-matrix.js';
import type { ParameterDefinition, ParameterValues } from '../../parameters.js';
import { classWeightedRows } from '../class-weights.js';
import {
  classTarget,
  inSharedMemory,
  requireFinite,
  requireRows,
  rowWeights,
  valueTarget,
} from '../fit-input.js';
import {
  evaluate,
  type FitNotes,
  type LinearFunctions,
  linearRegressor,
  linearState,
  readLinearFunctions,
} from '../linear/linear-model.js';
import { CLASS_WEIGHT, FIT_INTERCEPT, maxIterations, tolerance } from '../linear/linear-parameters.js';
import { fitTube, SEPARATE_KERNEL, separateClass } from './dual-coordinate-kernel.js';
import type { DualInput, DualResult, SeparationInput } from './dual-problem.js';

export const COST: ParameterDefinition = {
  name: 'C',
  label: 'Cost of errors',
  description: 'What an error costs against a large margin; smaller values make the model simpler.',
  default: 1,
  accepts: [{ kind: 'number', exclusiveMinimum: 0 }],
};

/** Below this, starting threads takes longer than all classes. */
const OPERATIONS_FOR_THREADS = 8e7;

const SHARED_PARAMETERS = [
  COST,
  FIT_INTERCEPT,
  maxIterations(1000),
  tolerance(1e-4, 'The solver stops when no row violates its optimum by more than this.'),
];

const COMMON = {
  input: { categories: 'one_hot', missing: 'impute', scaleSensitive: true },
  estimateFitBytes: ({ nSamples, nFeatures, nClasses }) =>
    8 *
      (nSamples * (nFeatures + 8 + 4 * Math.max(nClasses, 1)) + 4 * Math.max(nClasses, 1) * (nFeatures + 2)) +
    4096,
} satisfies Partial<Algorithm>;

export const linearSvc: Algorithm = {
  ...COMMON,
  name: 'linear_svc',
  title: 'Linear support vectors (classes)',
  task: 'classification',
  summary:
    'Separates classes by planes with the widest margin. Fast with very many features; no probabilities.',
  parameters: [
    {
      name: 'loss',
      label: 'Loss',
      description: 'Whether errors count squared ("squared_hinge") or as they are ("hinge").',
      default: 'squared_hinge',
      accepts: [{ kind: 'choice', of: ['squared_hinge', 'hinge'] }],
    },
    ...SHARED_PARAMETERS,
    CLASS_WEIGHT,
  ],
  fit: fitSeparation,
  restore: (state) => separator(readLinearFunctions(state)),
};

export const linearSvr: Algorithm = {
  ...COMMON,
  name: 'linear_svr',
  title: 'Linear support vectors (values)',
  task: 'regression',
  summary: 'A linear function that ignores small errors and does not chase outliers.',
  parameters: [
    {
      name: 'loss',
      label: 'Loss',
      description: 'Whether errors beyond epsilon count as they are or squared.',
      default: 'epsilon_insensitive',
      accepts: [{ kind: 'choice', of: ['epsilon_insensitive', 'squared_epsilon_insensitive'] }],
    },
    {
      name: 'epsilon',
      label: 'Free error',
      description: 'Errors up to this cost nothing, in the unit of the target.',
      default: 0,
      accepts: [{ kind: 'number', minimum: 0 }],
    },
    ...SHARED_PARAMETERS,
  ],
  fit: async (data, options, context) => {
    const targets = valueTarget(data);
    const input = dualInput(data, rowWeights(data), options, context);
    const squared = options.loss === 'squared_epsilon_insensitive';
    const epsilon = options.epsilon as number;
    const found = fitTube({ ...input, squared, targets, epsilon }, context);
    return linearRegressor(functionsOf([found], data.x.nFeatures), notesOf([found]));
  },
  restore: (state) => linearRegressor(readLinearFunctions(state)),
};

async function fitSeparation(
  data: TrainingData,
  options: ParameterValues,
  context: FitContext,
): Promise<Predictor> {
  const { codes, nClasses } = classTarget(data);
  const cost = options.C as number;
  const ownCosts = classWeightedRows(data, options.classWeight).map((weight) => weight * cost);
  const input: SeparationInput = {
    ...dualInput(data, rowWeights(data), options, context),
    // With two classes both sides have their class's weight; with more, the rest has none, as in LIBLINEAR.
    ...(nClasses <= 2 ? { costs: ownCosts } : {}),
    ownCosts,
    squared: options.loss === 'squared_hinge',
    codes: Int32Array.from(codes),
    classes: nClasses <= 2 ? [1] : Array.from({ length: nClasses }, (_, k) => k),
  };
  const nPieces = input.classes.length;
  const nOperations = nPieces * input.nSamples * input.nFeatures ** 2;
  const found =
    nPieces === 1 || nOperations < OPERATIONS_FOR_THREADS
      ? input.classes.map((_, k) => separateClass(input, k, context))
      : await context.threads.map<SeparationInput, DualResult>(
          SEPARATE_KERNEL,
          { ...input, rows: inSharedMemory(input.rows) },
          nPieces,
          context.checkpoint,
        );
  return separator(functionsOf(found, data.x.nFeatures), notesOf(found));
}

function dualInput(
  data: TrainingData,
  weights: Float64Array,
  options: ParameterValues,
  context: FitContext,
): Omit<DualInput, 'squared'> {
  requireRows(data.x.nSamples);
  requireFinite(data.x, context.checkpoint);
  return {
    rows: toRowMajor(data.x, context.checkpoint),
    nSamples: data.x.nSamples,
    nFeatures: data.x.nFeatures,
    fitIntercept: options.fitIntercept === true,
    costs: weights.map((weight) => weight * (options.C as number)),
    maxIterations: options.maxIter as number,
    tolerance: options.tol as number,
    seed: context.random.seed,
    stream: context.random.stream,
  };
}

function functionsOf(found: readonly DualResult[], nFeatures: number): LinearFunctions {
  const coefficients = new Float64Array(found.length * nFeatures);
  const intercepts = new Float64Array(found.length);
  for (const [k, { weights }] of found.entries()) {
    if (!weights.every(Number.isFinite)) {
      throw new LearnError('numerical_failure', 'The weights did not stay finite: scale the features.');
    }
    coefficients.set(weights.subarray(0, nFeatures), k * nFeatures);
    intercepts[k] = weights[nFeatures] as number;
  }
  return { coefficients, intercepts, nFeatures };
}

function notesOf(found: readonly DualResult[]): FitNotes {
  const converged = found.every((result) => result.converged);
  const iterations = found.reduce((most, result) => Math.max(most, result.iterations), 0);
  return {
    facts: { iterations, converged },
    warnings: converged
      ? []
      : [`The solver did not converge in ${iterations} iterations: scale the features or raise maxIter.`],
  };
}

/** Decision values: one function per class, or a single one that speaks for the second of two. */
function separator(functions: LinearFunctions, notes: FitNotes = {}): Predictor {
  const { nFeatures, intercepts } = functions;
  const isBinary = intercepts.length === 1;
  const nOutputs = isBinary ? 2 : intercepts.length;
  return {
    nFeatures,
    nOutputs,
    outputKind: 'scores',
    predictInto(rows, nRows, out) {
      for (let i = 0; i < nRows; i++) {
        for (let f = 0; f < intercepts.length; f++) {
          const value = evaluate(functions, f, rows, i * nFeatures);
          if (isBinary) out[2 * i] = -value;
          out[i * nOutputs + (isBinary ? 1 : f)] = value;
        }
      }
    },
    linear: functions,
    toState: (): EstimatorState => linearState(functions),
    ...notes,
  };
}
