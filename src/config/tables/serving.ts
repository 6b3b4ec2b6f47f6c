import { MIB, type SettingTable } from '../setting-definition.js';

/** Prediction requests: how many, how large, how long. */
export const SERVING_SETTINGS = {
  predictMaxRows: {
    variable: 'PREDICT_MAX_ROWS',
    kind: 'integer',
    default: 10000,
    minimum: 1,
    description: 'The most rows of one prediction request.',
  },
  predictMaxBytes: {
    variable: 'PREDICT_MAX_BYTES',
    kind: 'bytes',
    default: 16 * MIB,
    minimum: 1024,
    description: 'The largest body of a prediction request, in bytes.',
  },
  predictMaxConcurrent: {
    variable: 'PREDICT_MAX_CONCURRENT',
    kind: 'integer',
    default: 512,
    minimum: 1,
    description:
      'How many prediction requests one process may have taken on and not answered; further ones get 429. Those whose body is still on its way do not count.',
  },
  predictMaxWaiting: {
    variable: 'PREDICT_MAX_WAITING',
    kind: 'integer',
    default: 64,
    minimum: 0,
    description:
      'How many large prediction requests may wait for a thread in one process; further ones get 429.',
  },
  predictTimeoutSeconds: {
    variable: 'PREDICT_TIMEOUT_SECONDS',
    kind: 'seconds',
    default: 60,
    minimum: 1,
    description:
      'How long a prediction request that needs a thread (many rows, explanations) may wait and take, in seconds; then it gets 504.',
  },
  predictMaxBytesInFlight: {
    variable: 'PREDICT_MAX_BYTES_IN_FLIGHT',
    kind: 'bytes',
    default: 256 * MIB,
    minimum: 1024,
    description:
      'What the bodies of prediction requests and replies that nobody has read yet may take of one process, in bytes; what goes beyond gets 429.',
  },
  predictBodySeconds: {
    variable: 'PREDICT_BODY_SECONDS',
    kind: 'seconds',
    default: 30,
    minimum: 1,
    description: 'How long the body of a prediction request may take to arrive, in seconds.',
  },
} as const satisfies SettingTable;
