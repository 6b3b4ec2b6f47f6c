import { serveTask } from '../../processes/serve-task.js';
import { ingest } from './ingest.js';

serveTask('ingest', (input, context) =>
  ingest(input, (phase, fraction) => context.progress(phase, fraction)),
);
