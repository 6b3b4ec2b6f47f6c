import { median, note, printBench, significant } from './support/output.js';
import { CENSUS, censusForest, withService } from './support/service.js';

/**
 * Wall time of the main job on the Adult census: from the POST that starts the training to the callback's arrival at
 * the data server, and of the forest's fit alone. `npm run bench:main [-- --json]`.
 */
const RUNS = 5;

interface ReportAnswer {
  readonly seconds: Readonly<Record<string, number>>;
  readonly evaluation: { readonly metrics: { readonly accuracy: number } };
}

const wall: number[] = [];
const fit: number[] = [];
let accuracy = Number.NaN;
await withService({}, async ({ journey, user, datasetId, modelId }) => {
  const uploading = performance.now();
  await journey.upload(user, datasetId, CENSUS, 'application/gzip');
  note(`upload: ${((performance.now() - uploading) / 1000).toFixed(2)} s`);
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    await journey.startTraining(user, modelId, censusForest(datasetId));
    await journey.awaitCallback(user, modelId);
    wall.push((performance.now() - started) / 1000);
    const report = await journey.atService(user).json<ReportAnswer>('GET', `/models/${modelId}/report`);
    fit.push(report.seconds['fitting'] ?? Number.NaN);
    accuracy = report.evaluation.metrics.accuracy;
    note(`run ${run + 1}: ${wall.at(-1)?.toFixed(2)} s, fit ${fit.at(-1)?.toFixed(2)} s`);
  }
});

const row = (name: string, seconds: number[]) => ({
  name,
  figures: {
    medianSeconds: significant(median(seconds)),
    minSeconds: significant(Math.min(...seconds)),
    maxSeconds: significant(Math.max(...seconds)),
    runs: RUNS,
    accuracy: significant(accuracy, 4),
  },
});
printBench('main job: Adult, forest of 100 trees', [
  row('POST to callback', wall),
  row('fit of the forest alone', fit),
]);
