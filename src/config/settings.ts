import { availableParallelism } from 'node:os';

/** The kinds of value a setting may have, with the text that says what is expected. */
type SettingKind = 'text' | 'integer' | 'bytes' | 'seconds' | 'choice' | 'boolean' | 'list';

/** Declares one setting: the environment variable, its kind, unit, default and one sentence. */
export interface SettingDefinition {
  readonly variable: string;
  readonly kind: SettingKind;
  readonly default: string | number | boolean | undefined;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
  /** Of each item of a list, in characters. */
  readonly minimumLength?: number;
  /** Never printed. */
  readonly secret?: boolean;
  readonly description: string;
}

const MIB = 1024 * 1024;

/**
 * Every setting of the service. docs/settings.md is generated from this table.
 * To add one: a line here, and it is a typed property of Settings.
 */
export const SETTINGS = {
  role: {
    variable: 'ROLE',
    kind: 'choice',
    default: 'all',
    choices: ['all', 'api', 'worker'],
    description: 'What this process does: answer requests, run trainings, or both.',
  },
  processes: {
    variable: 'PROCESSES',
    kind: 'integer',
    default: 1,
    minimum: 1,
    maximum: 64,
    description:
      'How many processes answer requests on the one port. With more than one, trainings and recurring work run in the process that starts the others.',
  },
  host: { variable: 'HOST', kind: 'text', default: '127.0.0.1', description: 'The address to listen on.' },
  port: {
    variable: 'PORT',
    kind: 'integer',
    default: 3000,
    minimum: 0,
    maximum: 65535,
    description: 'The port to listen on; 0 takes a free one.',
  },
  storageDir: {
    variable: 'STORAGE_DIR',
    kind: 'text',
    default: 'storage',
    description: 'The folder of the local object store, the embedded database and the generated secrets.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    kind: 'choice',
    default: 'info',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
    description: 'The least important log line that is written.',
  },

  databaseUrl: {
    variable: 'DATABASE_URL',
    kind: 'text',
    default: undefined,
    secret: true,
    description: 'A PostgreSQL address; without it an embedded PostgreSQL runs in STORAGE_DIR.',
  },
  databasePoolSize: {
    variable: 'DATABASE_POOL_SIZE',
    kind: 'integer',
    default: 10,
    minimum: 2,
    maximum: 200,
    description: 'Connections to the database from this process.',
  },

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

  serviceTokens: {
    variable: 'SERVICE_TOKENS',
    kind: 'list',
    default: undefined,
    minimumLength: 32,
    secret: true,
    description:
      'Comma-separated opaque tokens of the internal API, each at least 32 characters. Generated when neither tokens nor a JWT key are given.',
  },
  serviceJwtKey: {
    variable: 'SERVICE_JWT_KEY',
    kind: 'text',
    default: undefined,
    secret: true,
    description:
      'The key that verifies service JWTs: a PEM public key (RSA of at least 2048 bits for RS256, P-256 for ES256) or a shared secret of at least 32 bytes (HS256).',
  },
  serviceJwtAudience: {
    variable: 'SERVICE_JWT_AUDIENCE',
    kind: 'text',
    default: 'trainyard',
    description: 'The audience that a service JWT must name.',
  },
  serviceJwtIssuer: {
    variable: 'SERVICE_JWT_ISSUER',
    kind: 'text',
    default: 'data-server',
    description: 'The issuer that a service JWT must name.',
  },
  serviceJwtMaxAgeSeconds: {
    variable: 'SERVICE_JWT_MAX_AGE_SECONDS',
    kind: 'seconds',
    default: 3600,
    minimum: 1,
    description: 'A service JWT issued longer ago than this is refused even before it expires, in seconds.',
  },

  uploadMaxBytes: {
    variable: 'UPLOAD_MAX_BYTES',
    kind: 'bytes',
    default: 10 * 1024 * MIB,
    minimum: 1,
    description: 'The largest data-set file, in bytes.',
  },
  uploadIdleSeconds: {
    variable: 'UPLOAD_IDLE_SECONDS',
    kind: 'seconds',
    default: 60,
    minimum: 1,
    description: 'An upload that sends nothing for this long is given up, in seconds.',
  },
  uploadExpirySeconds: {
    variable: 'UPLOAD_EXPIRY_SECONDS',
    kind: 'seconds',
    default: 86_400,
    minimum: 1,
    description: 'A resumable upload that is not gone on with for this long is deleted, in seconds.',
  },
  bundleMaxBytes: {
    variable: 'BUNDLE_MAX_BYTES',
    kind: 'bytes',
    default: 2 * 1024 * MIB,
    minimum: 1,
    description: 'The largest bundle that may be imported, in bytes.',
  },
  onnxMaxBytes: {
    variable: 'ONNX_MAX_BYTES',
    kind: 'bytes',
    default: 256 * MIB,
    minimum: 0,
    description:
      'The largest ONNX model that a training may write into its bundle, in bytes; 0 writes none. Without being asked for one it writes up to 4 MiB.',
  },
  ingestMemoryMb: {
    variable: 'INGEST_MEMORY_MB',
    kind: 'integer',
    default: 2048,
    minimum: 256,
    description: 'Memory of one ingest process, in MiB.',
  },
  ingestTimeoutSeconds: {
    variable: 'INGEST_TIMEOUT_SECONDS',
    kind: 'seconds',
    default: 600,
    minimum: 1,
    description: 'How long the parsing of one upload may take, in seconds.',
  },
  ingestMaxColumns: {
    variable: 'INGEST_MAX_COLUMNS',
    kind: 'integer',
    default: 10000,
    minimum: 1,
    description: 'The most columns a data set may have.',
  },
  ingestMaxBytes: {
    variable: 'INGEST_MAX_BYTES',
    kind: 'bytes',
    default: 20 * 1024 * MIB,
    minimum: 1,
    description: 'The largest data-set file after decompression, in bytes.',
  },
  ingestThreads: {
    variable: 'INGEST_THREADS',
    kind: 'integer',
    default: Math.min(4, availableParallelism()),
    minimum: 1,
    maximum: 64,
    description: 'Threads of one ingest process.',
  },
  datasetVersionsKept: {
    variable: 'DATASET_VERSIONS_KEPT',
    kind: 'integer',
    default: 10,
    minimum: 1,
    description:
      'How many of the newest versions of a data set are kept; those that a model was made of, or that a training needs, are kept beyond.',
  },
  exportsKeptHours: {
    variable: 'EXPORTS_KEPT_HOURS',
    kind: 'integer',
    default: 24,
    minimum: 1,
    description:
      'How long a CSV or Parquet file that was made for a download is kept after it was last asked for, in hours.',
  },
  ingestConcurrency: {
    variable: 'INGEST_CONCURRENCY',
    kind: 'integer',
    default: 2,
    minimum: 1,
    description: 'How many uploads one process parses at once; further ones wait.',
  },

  trainingConcurrency: {
    variable: 'TRAINING_CONCURRENCY',
    kind: 'integer',
    default: 1,
    minimum: 0,
    maximum: 64,
    description: 'How many trainings one worker runs at once; 0 takes none.',
  },
  trainingThreads: {
    variable: 'TRAINING_THREADS',
    kind: 'integer',
    default: availableParallelism(),
    minimum: 1,
    maximum: 256,
    description: 'Threads of one training.',
  },
  trainingMemoryMb: {
    variable: 'TRAINING_MEMORY_MB',
    kind: 'integer',
    default: 8192,
    minimum: 128,
    description: 'Memory of one training process, in MiB.',
  },
  trainingMaxRunSeconds: {
    variable: 'TRAINING_MAX_RUN_SECONDS',
    kind: 'seconds',
    default: 3600,
    minimum: 1,
    description: 'The longest run time a training may ask for, and its default, in seconds.',
  },
  trainingMaxAttempts: {
    variable: 'TRAINING_MAX_ATTEMPTS',
    kind: 'integer',
    default: 3,
    minimum: 1,
    maximum: 10,
    description: 'How often a training whose process was lost is tried.',
  },
  trainingLeaseSeconds: {
    variable: 'TRAINING_LEASE_SECONDS',
    kind: 'seconds',
    default: 15,
    minimum: 2,
    description: 'A worker that has not renewed its lease for this long has lost the training, in seconds.',
  },

  eventHeartbeatSeconds: {
    variable: 'EVENT_HEARTBEAT_SECONDS',
    kind: 'seconds',
    default: 15,
    minimum: 1,
    description:
      'How often a quiet stream of events says that it is still there, in seconds; less than the idle time of proxies.',
  },

  signingKeyFile: {
    variable: 'SIGNING_KEY_FILE',
    kind: 'text',
    default: undefined,
    description: 'The Ed25519 private key (PEM) that signs bundles; generated in STORAGE_DIR when not given.',
  },
  trustedKeyFiles: {
    variable: 'TRUSTED_KEY_FILES',
    kind: 'list',
    default: undefined,
    description:
      'Comma-separated PEM files of Ed25519 public keys whose bundles may be imported, beside our own.',
  },

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

  predictionFilesConcurrency: {
    variable: 'PREDICTION_FILES_CONCURRENCY',
    kind: 'integer',
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'How many files one process predicts at once; further ones wait.',
  },
  predictionFilesWaiting: {
    variable: 'PREDICTION_FILES_WAITING',
    kind: 'integer',
    default: 16,
    minimum: 0,
    maximum: 10_000,
    description: 'How many files may wait in one process, or be on their way; beyond them callers get 429.',
  },
  predictionFilesThreads: {
    variable: 'PREDICTION_FILES_THREADS',
    kind: 'integer',
    default: Math.min(8, availableParallelism()),
    minimum: 1,
    maximum: 64,
    description: 'Threads that predict one file; each holds the model.',
  },
  predictionFilesMemoryMb: {
    variable: 'PREDICTION_FILES_MEMORY_MB',
    kind: 'integer',
    default: 2048,
    minimum: 256,
    description: 'Memory of the process that predicts a file, in MiB.',
  },
  predictionFilesTimeoutSeconds: {
    variable: 'PREDICTION_FILES_TIMEOUT_SECONDS',
    kind: 'seconds',
    default: 3600,
    minimum: 1,
    description: 'How long the predicting of one file may take, in seconds.',
  },
  predictionFilesKeptHours: {
    variable: 'PREDICTION_FILES_KEPT_HOURS',
    kind: 'integer',
    default: 24,
    minimum: 1,
    description: 'How long a file of predictions is kept after it was made, in hours.',
  },

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
} as const satisfies Record<string, SettingDefinition>;
