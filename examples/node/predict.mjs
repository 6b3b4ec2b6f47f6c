// Predicts with a bundle, without the service and without a package:
//
//   curl -s "$YARD/models/$MODEL/scorer.mjs" -H "$AUTH" -o scorer.mjs
//   curl -s "$YARD/models/$MODEL/bundle" -H "$AUTH" -o model.zip
//   node predict.mjs model.zip '[{"age": 39, "workclass": "Private"}]'
import { readFile } from 'node:fs/promises';
import { openBundle } from './scorer.mjs';

const [path, rows] = process.argv.slice(2);
const model = await openBundle(await readFile(path));
process.stdout.write(`${JSON.stringify(model.predict(JSON.parse(rows)), null, 2)}\n`);
