// danfojs-node's readCSV in a process of its own: node read-csv.mjs <file.csv>. Prints one JSON document.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { readCSV } = require('danfojs-node');
const path = process.argv[2];
const before = process.cpuUsage();
const start = performance.now();
const frame = await readCSV(path);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ nRows: frame.shape[0], seconds, cpuSeconds: (user + system) / 1e6, peakMiB }));
process.exit();
