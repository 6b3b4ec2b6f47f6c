// Fits Node peers on prepared data sets and prints the figures of each job as one JSON line, like train_peer.py:
// `node train-peer.mjs JOBS.json`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

function floats(path) {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Rows of plain numbers, filled and scaled by what the training part says. */
function load(job) {
  const d = job.nFeatures;
  const [train, test] = [job.train, job.test].map((part) => ({ n: part.nSamples, x: floats(part.features) }));
  for (let j = 0; j < d; j++) {
    const columns = [train, test].map(({ n, x }) => x.subarray(j * n, (j + 1) * n));
    if (job.impute) {
      const known = columns[0].filter((value) => !Number.isNaN(value)).sort();
      const half = known.length >> 1;
      const median = known.length % 2 === 1 ? known[half] : (known[half - 1] + known[half]) / 2;
      for (const column of columns) column.set(column.map((value) => (Number.isNaN(value) ? median : value)));
    }
    if (job.scale) {
      const n = columns[0].length;
      const mean = columns[0].reduce((sum, value) => sum + value, 0) / n;
      const spread = Math.sqrt(columns[0].reduce((sum, value) => sum + (value - mean) ** 2, 0) / n) || 1;
      for (const column of columns) column.set(column.map((value) => (value - mean) / spread));
    }
  }
  const rowsOf = ({ n, x }) =>
    Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, j) => x[j * n + i]));
  return {
    train: rowsOf(train),
    test: rowsOf(test),
    trainTarget: [...floats(job.train.target)],
    testTarget: [...floats(job.test.target)],
  };
}

const csv = (rows, labels) =>
  `${[...rows[0].map((_, j) => `f${j}`), 'label'].join(',')}\n${rows
    .map((row, i) => [...row, `c${labels[i]}`].join(','))
    .join('\n')}\n`;

/** Each peer: fit gives a function that predicts the classes of rows. */
const PEERS = {
  'ml-cart': (data) => {
    const { DecisionTreeClassifier } = require('ml-cart');
    const model = new DecisionTreeClassifier({ gainFunction: 'gini', maxDepth: 100, minNumSamples: 2 });
    model.train(data.train, data.trainTarget);
    return (rows) => model.predict(rows);
  },
  'ml-random-forest': (data, { nEstimators, seed }) => {
    const { RandomForestClassifier } = require('ml-random-forest');
    const maxFeatures = Math.round(Math.sqrt(data.train[0].length));
    const model = new RandomForestClassifier({
      nEstimators,
      seed,
      maxFeatures,
      replacement: true,
      treeOptions: { maxDepth: 100, minNumSamples: 2 },
    });
    model.train(data.train, data.trainTarget);
    return (rows) => model.predict(rows);
  },
  'ml-knn': (data) => {
    const KNN = require('ml-knn');
    const model = new (KNN.default ?? KNN)(data.train, data.trainTarget, { k: 5 });
    return (rows) => model.predict(rows);
  },
  'ydf-training': async (data) => {
    const ydf = await require('ydf-training')({ print: () => {}, printErr: () => {} });
    // It takes a table as text, and has no options: 300 trees.
    const learner = new ydf.RandomForestLearner('label', 'CLASSIFICATION');
    const model = learner.train(csv(data.train, data.trainTarget));
    const classes = model.getLabelClasses();
    const nOutputs = classes.length;
    return (rows) => {
      const found = model.predict(csv(rows, new Array(rows.length).fill(data.trainTarget[0])));
      return rows.map((_, i) => {
        const own = found.slice(i * nOutputs, (i + 1) * nOutputs);
        return Number(classes[own.indexOf(Math.max(...own))].slice(1));
      });
    };
  },
};

function cpuSecondsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function run(job) {
  const data = load(job);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const predict = await PEERS[job.peer](data, { ...job.parameters, seed: job.seed });
  const fitted = performance.now();
  const fitCpuSeconds = cpuSecondsSince(cpuBefore);
  const cpuBetween = process.cpuUsage();
  const predicting = performance.now();
  const predicted = predict(data.test);
  const ended = performance.now();
  const nRight = data.testTarget.filter((label, i) => label === predicted[i]).length;
  return {
    fitSeconds: (fitted - started) / 1000,
    firstFitSeconds: (fitted - started) / 1000,
    fitCpuSeconds,
    predictSeconds: (ended - predicting) / 1000,
    predictCpuSeconds: cpuSecondsSince(cpuBetween),
    peakMiB: process.resourceUsage().maxRSS / 1024,
    score: nRight / data.testTarget.length,
  };
}

for (const job of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const figures = await run(job).catch((error) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
