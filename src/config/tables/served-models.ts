import { MIB, type SettingTable } from '../setting-definition.js';

/** The models that answer: the default one, those in memory, and imported ones, which run in processes. */
export const SERVED_MODEL_SETTINGS = {
  defaultModelId: {
    variable: 'DEFAULT_MODEL_ID',
    kind: 'text',
    default: undefined,
    description:
      'The model behind the prediction routes that name none: /predict, /infer, /invocations, the sockets.',
  },
  defaultModelAuthorization: {
    variable: 'DEFAULT_MODEL_AUTHORIZATION',
    kind: 'text',
    default: undefined,
    secret: true,
    description:
      'The Authorization header that stands for callers who send none to the routes of the default model; without it they are refused.',
  },
  modelCacheBytes: {
    variable: 'MODEL_CACHE_BYTES',
    kind: 'bytes',
    default: 1024 * MIB,
    minimum: MIB,
    description: 'Memory for loaded models in one process, in bytes.',
  },
  importedModelMemoryMb: {
    variable: 'IMPORTED_MODEL_MEMORY_MB',
    kind: 'integer',
    default: 1024,
    minimum: 256,
    description:
      'Memory of the process that checks or runs one imported ONNX or TensorFlow.js model, in MiB.',
  },
  importedModelTimeoutSeconds: {
    variable: 'IMPORTED_MODEL_TIMEOUT_SECONDS',
    kind: 'seconds',
    default: 30,
    minimum: 1,
    description:
      'How long an imported model may take to be checked, to be opened or to answer one request, in seconds.',
  },
} as const satisfies SettingTable;
