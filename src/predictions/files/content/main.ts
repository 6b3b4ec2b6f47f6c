import { serveTask } from '../../../processes/serve-task.js';
import { writeContent } from './write-content.js';

serveTask('content', (input) => writeContent(input));
