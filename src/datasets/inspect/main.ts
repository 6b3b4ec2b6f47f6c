import { serveTask } from '../../processes/serve-task.js';
import { inspect } from './inspect-task.js';

serveTask('inspect', (input) => inspect(input));
