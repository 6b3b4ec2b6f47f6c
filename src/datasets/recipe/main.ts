import { serveTask } from '../../processes/serve-task.js';
import { previewRecipe } from './recipe-task.js';

serveTask('recipe', (input) => previewRecipe(input));
