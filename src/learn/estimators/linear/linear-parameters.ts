import type { ParameterDefinition } from '../../parameters.js';

export const FIT_INTERCEPT: ParameterDefinition = {
  name: 'fitIntercept',
  label: 'Fit an intercept',
  description:
    'Whether the sum gets a constant term; without it the prediction for all-zero features is zero.',
  default: true,
  accepts: [{ kind: 'boolean' }],
};

export function maxIterations(count: number): ParameterDefinition {
  return {
    name: 'maxIter',
    label: 'Iterations at most',
    description: 'How many steps the solver may take; the report warns when it had not converged by then.',
    default: count,
    accepts: [{ kind: 'integer', minimum: 1, maximum: 1_000_000 }],
  };
}

export function tolerance(value: number, description: string): ParameterDefinition {
  return {
    name: 'tol',
    label: 'Tolerance',
    description,
    default: value,
    accepts: [{ kind: 'number', minimum: 0 }],
  };
}

export const CLASS_WEIGHT: ParameterDefinition = {
  name: 'classWeight',
  label: 'Class weights',
  description:
    'What a row of a class counts: null: all the same; "balanced": as much less as the class is more frequent; or a weight by label (1 where none is named).',
  default: null,
  accepts: [{ kind: 'null' }, { kind: 'choice', of: ['balanced'] }, { kind: 'numberByName', minimum: 0 }],
};
