import { serveTask } from '../../processes/serve-task.js';
import { profileAfterIngest } from '../profile/profile-task.js';
import { ingest } from './ingest.js';

serveTask('ingest', async (input, context) => {
  const output = await ingest(input, (phase, fraction) => context.progress(phase, fraction));
  context.progress('profiling', 0);
  return { ...output, profile: await profileAfterIngest(input, output) };
});
