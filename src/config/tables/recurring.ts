import type { SettingTable } from '../setting-definition.js';

/** Work that comes back by the clock. */
export const RECURRING_SETTINGS = {
  driftCheckMinutes: {
    variable: 'DRIFT_CHECK_MINUTES',
    kind: 'integer',
    default: 15,
    minimum: 1,
    description: 'How often models whose predictions are kept are held against what they were trained on.',
  },
  retentionDays: {
    variable: 'RETENTION_DAYS',
    kind: 'integer',
    default: 90,
    minimum: 1,
    description:
      'How long finished trainings and delivery logs are kept, in days. Models and data sets are kept until they are deleted.',
  },
} as const satisfies SettingTable;
