import type { SettingTable } from '../setting-definition.js';

/** Where outcomes are posted, and how they are signed. */
export const CALLBACK_SETTINGS = {
  callbackUrl: {
    variable: 'CALLBACK_URL',
    kind: 'text',
    default: undefined,
    description: 'Where outcomes are posted; by default /callbacks/trainyard at the data server.',
  },
  callbackSecrets: {
    variable: 'CALLBACK_SECRETS',
    kind: 'list',
    default: undefined,
    secret: true,
    description:
      'Comma-separated whsec_… secrets that sign callbacks; the first is the newest. Generated when none is given.',
  },
  callbackTimeoutMs: {
    variable: 'CALLBACK_TIMEOUT_MS',
    kind: 'integer',
    default: 15000,
    minimum: 100,
    maximum: 60000,
    description: 'How long one delivery may take, in milliseconds.',
  },
} as const satisfies SettingTable;
