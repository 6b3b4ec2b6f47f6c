import { serveTask } from '../../processes/serve-task.js';
import { exportTable } from './export-table.js';

serveTask('export', (input) => exportTable(input));
