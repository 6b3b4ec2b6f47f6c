import { serveTask } from '../../processes/serve-task.js';
import { exportTable } from './export-table.js';

serveTask('export', async (input) => {
  await exportTable(input);
  return null;
});
