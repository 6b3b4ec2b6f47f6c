import type { SettingTable } from '../setting-definition.js';

/** What is kept of predictions. */
export const PREDICTION_LOG_SETTINGS = {
  predictionLogPercent: {
    variable: 'PREDICTION_LOG_PERCENT',
    kind: 'integer',
    default: 0,
    minimum: 0,
    maximum: 100,
    description:
      'Of how many in a hundred requests the predictions are kept, where a model has no setting of its own.',
  },
  predictionLogDays: {
    variable: 'PREDICTION_LOG_DAYS',
    kind: 'integer',
    default: 30,
    minimum: 1,
    maximum: 3650,
    description: 'For how many days predictions are kept, where a model has no setting of its own.',
  },
  predictionLogMaxRows: {
    variable: 'PREDICTION_LOG_MAX_ROWS',
    kind: 'integer',
    default: 1_000_000,
    minimum: 1000,
    description: 'How many predicted rows are kept of each model; the oldest go first.',
  },
} as const satisfies SettingTable;
