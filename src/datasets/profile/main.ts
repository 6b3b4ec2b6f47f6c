import { serveTask } from '../../processes/serve-task.js';
import { answerProfileTask } from './profile-task.js';

serveTask('profile', (input) => answerProfileTask(input));
