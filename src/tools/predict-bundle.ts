import { readFileSync } from 'node:fs';
import { openBundle } from '../models/bundle/open-bundle.js';

/**
 * Predicts with nothing but a bundle: `node dist/tools/predict-bundle.js bundle.zip < rows.json`.
 * The input is a list of rows, or `{"rows": […]}`; the output `{model, signedBy, predictions, warnings}`.
 */
async function main(): Promise<void> {
  const path = process.argv[2];
  if (path === undefined) throw new Error('usage: predict-bundle <bundle.zip> < rows.json');
  const { pipeline, manifest, signedBy } = await openBundle(path);
  const input: unknown = JSON.parse(readFileSync(0, 'utf8'));
  const rows = Array.isArray(input) ? input : (input as { rows?: unknown }).rows;
  if (!Array.isArray(rows)) throw new Error('the input must be a list of rows, or an object with rows');
  const { outputs, problems, warnings } = pipeline.predictRows(rows);
  if (problems.length > 0) {
    process.stdout.write(`${JSON.stringify({ problems }, null, 2)}\n`);
    process.exitCode = 1;
    return;
  }
  const predictions = pipeline.decode(outputs, rows.length);
  process.stdout.write(
    `${JSON.stringify({ model: manifest.model, signedBy, predictions, warnings }, null, 2)}\n`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
