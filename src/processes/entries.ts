import { fileURLToPath } from 'node:url';
import type { ProcessTask } from './messages.js';

/** What is started for each task, below dist/. */
const ENTRIES: Readonly<Record<ProcessTask, string>> = {
  ingest: 'datasets/ingest/main.js',
  inspect: 'datasets/inspect/main.js',
  recipe: 'datasets/recipe/main.js',
  export: 'datasets/formats/export-main.js',
  profile: 'datasets/profile/main.js',
  prediction: 'predictions/files/process/main.js',
  content: 'predictions/files/content/main.js',
  import: 'models/imports/process/main.js',
  training: 'training/process/main.js',
};

/** The compiled entry of a task. */
export function entryOf(task: ProcessTask): string {
  return fileURLToPath(compiledUrl(ENTRIES[task]));
}

/**
 * A file below dist/. Node cannot start TypeScript, so what runs from src/ (the unit tests) starts the built twin.
 */
export function compiledUrl(pathInDist: string): URL {
  const root = new URL('../', import.meta.url).href.replace(/\/src\/$/, '/dist/');
  return new URL(pathInDist, root);
}
