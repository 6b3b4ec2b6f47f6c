import { readFileSync } from 'node:fs';
import type { Target } from '../../src/learn/estimator.js';
import { type FeatureMatrix, sharedFloat64, toRowMajor } from '../../src/learn/matrix/feature-matrix.js';
import { createThreadPool } from '../../src/learn/parallel/create-thread-pool.js';
import type { ThreadPool } from '../../src/learn/parallel/thread-pool.js';
import { Random } from '../../src/learn/random.js';
import { findAlgorithm } from '../../src/learn/registry.js';
import { validateParameters } from '../../src/learn/validate-parameters.js';
import { residentMiB } from '../support/memory.js';
import { median } from '../support/output.js';
import type { Prepared, PreparedPart } from './prepare.js';

/**
 * Our side of a comparison, in a process of its own so that its peak memory is its own: `node ours.js JOBS.json`
 * fits each job, predicts its held-out rows and prints its figures as one JSON line, like the Python peers.
 */
export interface OurJob extends Prepared {
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly threads: number;
  readonly seed: number;
  readonly impute: boolean;
  readonly scale: boolean;
  /** Absent: once. */
  readonly repeats?: { readonly seconds: number; readonly most: number };
}

function readFloats(path: string): Float64Array {
  const bytes = readFileSync(path);
  const values = sharedFloat64(bytes.byteLength / 8);
  new Uint8Array(values.buffer).set(bytes);
  return values;
}

function loadMatrix(job: OurJob, part: PreparedPart): FeatureMatrix {
  const features = Array.from({ length: job.nFeatures }, (_, j) => ({
    name: `f${j}`,
    column: `f${j}`,
    kind: 'numeric' as const,
  }));
  return { nSamples: part.nSamples, nFeatures: job.nFeatures, values: readFloats(part.features), features };
}

/** Fills and scales both parts with what the training part says, as the Python side does. */
function preprocess(job: OurJob, train: FeatureMatrix, test: FeatureMatrix): void {
  for (let j = 0; j < job.nFeatures; j++) {
    const parts = [train, test].map((matrix) =>
      matrix.values.subarray(j * matrix.nSamples, (j + 1) * matrix.nSamples),
    ) as [Float64Array, Float64Array];
    if (job.impute) {
      const known = parts[0].filter((value) => !Number.isNaN(value)).sort();
      const half = known.length >> 1;
      const median =
        known.length % 2 === 1
          ? (known[half] as number)
          : ((known[half - 1] as number) + (known[half] as number)) / 2;
      for (const part of parts) part.set(part.map((value) => (Number.isNaN(value) ? median : value)));
    }
    if (job.scale) {
      const n = parts[0].length;
      const mean = parts[0].reduce((sum, value) => sum + value, 0) / n;
      const spread = Math.sqrt(parts[0].reduce((sum, value) => sum + (value - mean) ** 2, 0) / n) || 1;
      for (const part of parts) part.set(part.map((value) => (value - mean) / spread));
    }
  }
}

/** Fits and scores one job. */
async function runJob(job: OurJob, threads: ThreadPool): Promise<object> {
  const train = loadMatrix(job, job.train);
  const test = loadMatrix(job, job.test);
  preprocess(job, train, test);
  const trainTarget = readFloats(job.train.target);
  const testTarget = readFloats(job.test.target);
  const y: Target =
    job.task === 'classification'
      ? { task: 'classification', codes: Int32Array.from(trainTarget), nClasses: job.nClasses }
      : { task: 'regression', values: trainTarget };
  const algorithm = findAlgorithm(job.algorithm);
  const { values: options, problems } = validateParameters(algorithm, job.parameters);
  if (problems.length > 0) throw new Error(problems.map((problem) => problem.expected).join('; '));
  const fit = () =>
    algorithm.fit({ x: train, y }, options, { random: new Random(job.seed), threads, checkpoint: () => {} });
  const rows = toRowMajor(test);
  const [firstFit, predictor] = await timed(fit);
  const out = new Float64Array(test.nSamples * predictor.nOutputs);
  const predict = () => predictor.predictInto(rows, test.nSamples, out);
  const [firstPrediction] = await timed(predict);
  const peakMiB = residentMiB(process.pid, 'VmHWM');
  const fits = await repeated(fit, firstFit, job.repeats);
  const predictions = await repeated(predict, firstPrediction, job.repeats);
  return {
    fitSeconds: median(fits.map(({ seconds }) => seconds)),
    firstFitSeconds: firstFit.seconds,
    fitCpuSeconds: median(fits.map(({ cpuSeconds }) => cpuSeconds)),
    predictSeconds: median(predictions.map(({ seconds }) => seconds)),
    predictCpuSeconds: median(predictions.map(({ cpuSeconds }) => cpuSeconds)),
    peakMiB,
    score:
      job.task === 'classification' ? accuracy(out, testTarget, predictor.nOutputs) : r2(out, testTarget),
  };
}

interface Timing {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function timed<T>(work: () => T | Promise<T>): Promise<[Timing, T]> {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const result = await work();
  return [{ seconds: (performance.now() - started) / 1000, cpuSeconds: cpuSecondsSince(cpuBefore) }, result];
}

/** All timings of the same work, the first of which is known. */
async function repeated(
  work: () => unknown,
  first: Timing,
  { seconds, most }: { seconds: number; most: number } = { seconds: 0, most: 1 },
): Promise<Timing[]> {
  const timings = [first];
  let spent = first.seconds;
  while (timings.length < most && spent < seconds) {
    const [timing] = await timed(work);
    timings.push(timing);
    spent += timing.seconds;
  }
  return timings;
}

/** Of the whole process: every thread, user and system. */
function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function accuracy(out: Float64Array, actual: Float64Array, nOutputs: number): number {
  let nRight = 0;
  for (let i = 0; i < actual.length; i++) {
    const row = out.subarray(i * nOutputs, (i + 1) * nOutputs);
    let best = 0;
    for (let c = 1; c < nOutputs; c++) if ((row[c] as number) > (row[best] as number)) best = c;
    if (best === actual[i]) nRight++;
  }
  return nRight / actual.length;
}

function r2(out: Float64Array, actual: Float64Array): number {
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i++) {
    residual += ((actual[i] as number) - (out[i] as number)) ** 2;
    total += ((actual[i] as number) - mean) ** 2;
  }
  return 1 - residual / total;
}

/** A job that fails is a finding of the bench, not the end of it. */
const jobs = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as OurJob[];
const threads = createThreadPool({ size: jobs[0]?.threads ?? 1 });
for (const job of jobs) {
  const figures = await runJob(job, threads).catch((error: unknown) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
await threads.close();
