import { BUNDLE_KEY_SETTINGS, BUNDLE_SIZE_SETTINGS } from './tables/bundles.js';
import { CALLBACK_SETTINGS } from './tables/callbacks.js';
import { DATA_SERVER_SETTINGS } from './tables/data-server.js';
import { DATABASE_SETTINGS } from './tables/database.js';
import { DATASET_SETTINGS } from './tables/datasets.js';
import { EVENT_SETTINGS } from './tables/events.js';
import { PREDICTION_FILE_SETTINGS } from './tables/prediction-files.js';
import { PREDICTION_LOG_SETTINGS } from './tables/prediction-log.js';
import { RECURRING_SETTINGS } from './tables/recurring.js';
import { SERVED_MODEL_SETTINGS } from './tables/served-models.js';
import { SERVER_SETTINGS } from './tables/server.js';
import { SERVICE_ACCESS_SETTINGS } from './tables/service-access.js';
import { SERVING_SETTINGS } from './tables/serving.js';
import { TRAINING_SETTINGS } from './tables/training.js';
import { UPLOAD_SETTINGS } from './tables/uploads.js';

/**
 * Every setting of the service, in the order of docs/settings.md, which is generated from this table. A concern has a
 * table of its own under ./tables. To add a setting: a line there, and it is a typed property of Settings.
 */
export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...DATABASE_SETTINGS,
  ...DATA_SERVER_SETTINGS,
  ...CALLBACK_SETTINGS,
  ...SERVICE_ACCESS_SETTINGS,
  ...UPLOAD_SETTINGS,
  ...BUNDLE_SIZE_SETTINGS,
  ...DATASET_SETTINGS,
  ...TRAINING_SETTINGS,
  ...EVENT_SETTINGS,
  ...BUNDLE_KEY_SETTINGS,
  ...SERVING_SETTINGS,
  ...SERVED_MODEL_SETTINGS,
  ...PREDICTION_LOG_SETTINGS,
  ...PREDICTION_FILE_SETTINGS,
  ...RECURRING_SETTINGS,
} as const;
