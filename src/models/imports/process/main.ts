import { serveTask } from '../../../processes/serve-task.js';
import { importModel } from './import-task.js';

serveTask('import', (input) => importModel(input));
