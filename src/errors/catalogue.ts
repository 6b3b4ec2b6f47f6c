import type { LearnErrorCode } from '../learn/errors.js';

/** One kind of error: its HTTP status and a title that never changes from case to case. */
export interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  /** What the reader can do about it; printed in docs/errors.md. */
  readonly remedy: string;
}

const entry = (status: number, title: string, remedy: string): CatalogueEntry => ({ status, title, remedy });

/** The codes of the core, which reach HTTP when a request (not a training) runs into them. */
const learnErrors: Record<LearnErrorCode, CatalogueEntry> = {
  canceled: entry(409, 'The work was canceled', 'Start it again.'),
  constant_target: entry(422, 'The target has one value only', 'Choose a target that varies.'),
  column_all_missing: entry(422, 'A column has no values', 'Drop the column or fill it.'),
  feature_out_of_domain: entry(
    422,
    'A feature has values that the algorithm does not take',
    'Choose another algorithm, or drop or convert the column.',
  ),
  invalid_parameters: entry(422, 'The parameters are not legal', 'See GET /internal/algorithms.'),
  invalid_state: entry(422, 'A learned state is damaged', 'Train or import the model again.'),
  missing_target_values: entry(422, 'The target has missing values only', 'Choose another target.'),
  missing_value: entry(
    422,
    'A value is missing',
    'Send a value, or train with another policy for missing values.',
  ),
  no_usable_columns: entry(
    422,
    'No column is left to learn from',
    'Drop fewer columns, or add some that vary.',
  ),
  not_enough_rows: entry(422, 'There are too few rows', 'Add rows, or hold out a smaller share.'),
  not_finite: entry(422, 'A number is not finite', 'Send finite numbers, or null for "missing".'),
  numerical_failure: entry(
    422,
    'The computation did not stay finite',
    'Scale the features, or lower the learning rate.',
  ),
  target_all_unique: entry(422, 'Every row has its own class', 'Choose another target, or a regression.'),
  target_not_numeric: entry(
    422,
    'A regression needs a numeric target',
    'Choose another target or algorithm.',
  ),
  target_out_of_domain: entry(
    422,
    'The target has values that the loss does not take',
    'Choose another loss.',
  ),
  too_many_classes: entry(422, 'The target has too many classes', 'Choose another target, or a regression.'),
  too_many_rows: entry(
    422,
    'There are too many rows for the algorithm',
    'Choose another algorithm, or send fewer rows.',
  ),
  unknown_algorithm: entry(422, 'There is no such algorithm', 'See GET /internal/algorithms.'),
  unknown_column: entry(422, 'There is no such column', 'See GET /internal/datasets/{id} for the columns.'),
  unseen_category: entry(
    422,
    'A category was not seen in training',
    'Send a known category, or train with another unseen-category policy.',
  ),
  unsupported_version: entry(422, 'The format version is not supported', 'Update Trainyard, or train again.'),
};

/** Every error code of the service. docs/errors.md is generated from here; a test holds code and docs together. */
export const CATALOGUE = {
  ...learnErrors,

  invalid_request: entry(400, 'The request is not valid', 'See errors[] for each problem.'),
  invalid_json: entry(400, 'The body is not valid JSON', 'Send JSON; NaN and Infinity are not JSON.'),
  unauthenticated: entry(
    401,
    'Credentials are missing or not accepted',
    'Send a valid Authorization header.',
  ),
  forbidden: entry(403, 'The caller may not do this', 'Ask the owner of the record.'),
  not_found: entry(404, 'There is no such thing', 'Check the address.'),
  dataset_not_found: entry(404, 'There is no such data set', 'Upload its content first.'),
  model_not_found: entry(404, 'There is no such model', 'Create its record at the data server first.'),
  model_not_trained: entry(404, 'The model has no version yet', 'Train it first.'),
  export_not_available: entry(
    404,
    'The model has no such export',
    'The detail says why; train it again and ask for the export.',
  ),
  prediction_not_found: entry(404, 'There is no such prediction', 'Check its id, and whether it is kept.'),
  prediction_file_not_found: entry(
    404,
    'There is no such file of predictions',
    'Check its id; files are kept for PREDICTION_FILES_KEPT_HOURS.',
  ),
  training_not_found: entry(404, 'There is no such training', 'Check its id.'),
  delivery_not_found: entry(404, 'There is no such delivery', 'Check its id.'),
  method_not_allowed: entry(405, 'The method is not allowed here', 'See the Allow header.'),
  not_acceptable: entry(406, 'None of the accepted types can be sent', 'Accept one of the offered types.'),
  conflict: entry(409, 'The state does not allow this', 'Look at the current state first.'),
  training_finished: entry(409, 'The training has ended already', 'Nothing is left to cancel.'),
  dataset_in_use: entry(409, 'A training uses this data set', 'Wait for it or cancel it.'),
  model_in_use: entry(409, 'A training is writing this model', 'Wait for it or cancel it.'),
  payload_too_large: entry(413, 'The body is too large', 'Send less at once.'),
  unsupported_media_type: entry(
    415,
    'This content type is not taken here',
    'See the documentation for the types.',
  ),
  dataset_unreadable: entry(
    415,
    'The file cannot be read as a data set',
    'Mend the named line and upload again.',
  ),
  bundle_invalid: entry(
    415,
    'The file is not a valid bundle',
    'Download the bundle again from where it was trained.',
  ),
  model_file_invalid: entry(
    422,
    'The file is not a model that can be served',
    'See detail for what was found; docs/guide/imports.md says what is taken.',
  ),
  range_not_satisfiable: entry(
    416,
    'The range lies outside of the file',
    'Ask for a range within Content-Length.',
  ),
  idempotency_key_reused: entry(422, 'The Idempotency-Key was used for another request', 'Use a new key.'),
  invalid_training: entry(422, 'The training cannot be started like this', 'See errors[] for each problem.'),
  invalid_rows: entry(422, 'The rows do not fit the model', 'See errors[] for row and column.'),
  columns_do_not_fit: entry(
    422,
    'The columns of the file do not fit the model',
    'See errors[] for each column; GET /models/{id} says what the model takes.',
  ),
  invalid_actual: entry(
    422,
    'The true value does not fit the model',
    'Send a class of the model, or a number.',
  ),
  upload_incomplete: entry(400, 'The upload ended early', 'Send the whole file again.'),
  invalid_columns: entry(
    422,
    'What was said of the columns does not fit the file',
    'See errors[] for column and line.',
  ),
  upload_empty: entry(415, 'The file is empty', 'Send a file with a header and at least one row.'),
  recipe_not_found: entry(404, 'There is no such recipe', 'Put one under this name.'),
  invalid_recipe: entry(422, 'The recipe cannot be applied', 'See errors[] for each problem.'),
  upload_not_found: entry(404, 'There is no such upload', 'Create one.'),
  upload_expired: entry(410, 'The upload has expired', 'Create a new one and send the whole file.'),
  upload_offset_mismatch: entry(
    409,
    'The part does not begin where the last one ended',
    'Ask for the offset with HEAD and go on from there.',
  ),
  unsupported_tus_version: entry(412, 'The version of tus is not spoken here', 'See the header Tus-Version.'),
  checksum_mismatch: entry(460, 'A part does not match its checksum', 'Send the part again.'),
  digest_mismatch: entry(422, 'The content does not match its digest', 'Send the file again.'),
  too_many_requests: entry(429, 'Too many requests at once', 'Try again after Retry-After.'),
  internal_error: entry(500, 'Something failed here', 'Give the request id to the operator.'),
  data_server_unavailable: entry(503, 'The data server does not answer', 'Try again after Retry-After.'),
  not_ready: entry(503, 'The service is not ready', 'Try again after Retry-After.'),
  storage_full: entry(507, 'The storage is full', 'Free space, or give the service more.'),

  training_timed_out: entry(
    504,
    'The training ran longer than it may',
    'Allow more time, or make it smaller.',
  ),
  training_lost: entry(
    500,
    'The training process was lost on every attempt',
    'See the log; it may need more memory.',
  ),
  training_out_of_memory: entry(
    507,
    'The training needs more memory than it may have',
    'Use fewer rows or columns, or allow more.',
  ),
  process_lost: entry(500, 'A helper process ended without a word', 'Send it again.'),
  process_timed_out: entry(504, 'A helper process ran longer than it may', 'Send less at once.'),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;
