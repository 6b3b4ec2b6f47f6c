import { serveTask } from '../../../processes/serve-task.js';
import { predictTable } from './predict-table.js';

serveTask('prediction', (input, task) => predictTable(input, task));
