import { sql as initial } from './0001-initial.js';
import { sql as datasetProfiles } from './0002-dataset-profiles.js';
import { sql as uploads } from './0003-uploads.js';
import { sql as recipes } from './0004-recipes.js';
import { sql as datasetExports } from './0005-dataset-exports.js';
import { sql as modelRegistry } from './0006-model-registry.js';
import { sql as datasetReports } from './0007-dataset-reports.js';
import { sql as predictionLog } from './0008-prediction-log.js';
import { sql as modelDrift } from './0009-model-drift.js';
import { sql as predictionFiles } from './0010-prediction-files.js';

/** One step of the schema. It is never changed after it was released: a further step follows it. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Every step, in order. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'initial', sql: initial },
  { version: 2, name: 'dataset-profiles', sql: datasetProfiles },
  { version: 3, name: 'uploads', sql: uploads },
  { version: 4, name: 'recipes', sql: recipes },
  { version: 5, name: 'dataset-exports', sql: datasetExports },
  { version: 6, name: 'model-registry', sql: modelRegistry },
  { version: 7, name: 'dataset-reports', sql: datasetReports },
  { version: 8, name: 'prediction-log', sql: predictionLog },
  { version: 9, name: 'model-drift', sql: modelDrift },
  { version: 10, name: 'prediction-files', sql: predictionFiles },
];
