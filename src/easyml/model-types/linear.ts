import { flag, type ModelType } from './model-type.js';

export const linearTypes: readonly ModelType[] = [
  {
    name: 'linearreg',
    algorithm: 'linear_regression',
    isSupervised: true,
    arguments: [
      {
        ...flag('fit_intercept', 'Fit intercept', 'Whether the sum gets a constant term.', true),
        becomes: 'fitIntercept',
      },
      {
        // Least squares without a penalty gives the same function at any scale of its features.
        ...flag(
          'normalize',
          'Normalize',
          'Removed from scikit-learn; it does not change the predictions.',
          false,
        ),
        becomes: null,
      },
    ],
  },
];
