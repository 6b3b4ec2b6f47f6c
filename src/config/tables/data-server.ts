import type { SettingTable } from '../setting-definition.js';

/** The data server beside us, and what is remembered of its answers. */
export const DATA_SERVER_SETTINGS = {
  dataServerUrl: {
    variable: 'DATA_SERVER_URL',
    kind: 'text',
    default: undefined,
    description: 'The data server; without it an embedded one runs.',
  },
  dataServerKind: {
    variable: 'DATA_SERVER_KIND',
    kind: 'choice',
    default: 'trainyard',
    choices: ['trainyard', 'easyml'],
    description:
      'What the data server speaks: our contract, or that of EasyML, whose machine-learning server this then stands in for.',
  },
  easymlUsername: {
    variable: 'EASYML_USERNAME',
    kind: 'text',
    default: undefined,
    description: 'The privileged account at a data server of EasyML.',
  },
  easymlPassword: {
    variable: 'EASYML_PASSWORD',
    kind: 'text',
    default: undefined,
    secret: true,
    description: 'Its password.',
  },
  embeddedDataServerPort: {
    variable: 'EMBEDDED_DATA_SERVER_PORT',
    kind: 'integer',
    default: 3001,
    minimum: 0,
    maximum: 65535,
    description: 'The port of the embedded data server; 0 takes a free one.',
  },
  dataServerTimeoutMs: {
    variable: 'DATA_SERVER_TIMEOUT_MS',
    kind: 'integer',
    default: 5000,
    minimum: 50,
    maximum: 60000,
    description: 'How long one request to the data server may take, in milliseconds.',
  },
  credentialCacheMs: {
    variable: 'CREDENTIAL_CACHE_MS',
    kind: 'integer',
    default: 5000,
    minimum: 0,
    maximum: 60000,
    description: 'How long a "yes" of the data server is remembered, in milliseconds; 0 asks every time.',
  },
} as const satisfies SettingTable;
