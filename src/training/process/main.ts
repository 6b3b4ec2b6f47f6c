import { createPublicKey } from 'node:crypto';
import { Problem } from '../../errors/problem.js';
import { profileInputs } from '../../learn/drift/input-profile.js';
import { LearnError } from '../../learn/errors.js';
import type { Json, JsonObject } from '../../learn/json.js';
import { createCancelFlag } from '../../learn/parallel/cancel-flag.js';
import { createThreadPool } from '../../learn/parallel/create-thread-pool.js';
import type { Duel } from '../../learn/pipeline/duel.js';
import type { FittedPipeline } from '../../learn/pipeline/fitted-pipeline.js';
import { makeGoldenRows } from '../../learn/pipeline/golden-rows.js';
import { trainPipeline } from '../../learn/pipeline/train-pipeline.js';
import { Random } from '../../learn/random.js';
import { readSigningKey } from '../../models/bundle/bundle-signing-keys.js';
import { openBundle } from '../../models/bundle/open-bundle.js';
import { writeBundle } from '../../models/bundle/write-bundle.js';
import { makeOnnx, type OnnxMade } from '../../models/export/onnx/make-onnx.js';
import { loadRuntime } from '../../models/export/onnx/onnx-session.js';
import { serveTask, type TaskContext } from '../../processes/serve-task.js';
import { openChampion } from './champion.js';
import { onnxLimit } from './onnx-limit.js';
import { PhaseTimes } from './phase-times.js';
import type { TrainingProcessInput, TrainingProcessOutput } from './process-types.js';
import { readInput } from './read-input.js';
import { summarize } from './report-summary.js';

/** DuckDB gets this share of the process while it reads; its buffers are gone before the fit begins. */
const READ_MEMORY_SHARE = 0.5;
/** The generator of the golden rows, apart from those of the pipeline. */
const GOLDEN_STREAM = 0x676f6c64;
/** The champion's rows are made in another way, or it cannot be opened. */
const NOT_COMPARABLE: Duel = { problem: 'other_rows', isWon: false };

serveTask('training', train);

/** Files in, a file out: reads the table, trains, writes the bundle, and opens it again as a stranger would. */
async function train(input: TrainingProcessInput, task: TaskContext): Promise<TrainingProcessOutput> {
  const { threads: nThreads, memoryMb } = input;
  const { pipeline: spec, modelId, modelName } = input.spec;
  const times = new PhaseTimes();
  const onProgress = (phase: string, fraction: number) => {
    times.enter(phase);
    task.progress(phase, fraction);
  };
  const cancelFlag = createCancelFlag();
  task.signal.addEventListener('abort', () => cancelFlag.cancel(), { once: true });
  const isCanceled = () => cancelFlag.isCanceled();

  onProgress('loading', 0);
  const reading = { threads: nThreads, memoryMb: Math.floor(memoryMb * READ_MEMORY_SHARE) };
  const { table, finish, unchanged } = await readInput(input, reading);
  if (isCanceled()) throw new LearnError('canceled', 'The training was canceled.');

  // Pieces run on threads even when there is one: the main thread stays free for the message that cancels.
  const threads = createThreadPool({ size: nThreads, cancelFlag, inline: false });
  try {
    // Without a clock: times would make the bundles of equal trainings differ. They go into the kept report only.
    const champion = await findChampion(input);
    const trained = await trainPipeline(table, spec, { threads, onProgress, isCanceled, champion });
    const pipeline = await finish(trained.pipeline);

    onProgress('bundling', 0);
    const signingKey = await readSigningKey(input.signingKeyPath);
    const { seconds: _, ...report } = trained.report;
    const inputProfile = profileInputs(table, pipeline.signature.inputs) as unknown as Json;
    const golden = makeGoldenRows(pipeline, new Random(spec.seed, GOLDEN_STREAM));
    const compared = await unchanged(pipeline.signature.inputs.map(({ name }) => name));
    const onnx = await makeOnnx(pipeline, golden, compared, {
      producer: input.producer,
      maxBytes: onnxLimit(input),
      loadRuntime,
    });
    const written = await writeBundle(input.bundlePath, {
      pipeline,
      report: { ...report, ...lineage(input), inputProfile, summary: summarize(report) },
      golden,
      onnx,
      meta: {
        createdAt: input.createdAt,
        producer: input.producer,
        model: { id: modelId, name: modelName },
      },
      signingKey,
    });
    onProgress('bundling', 0.5);
    const opened = await openBundle(input.bundlePath, { trustedKeys: [createPublicKey(signingKey)] });
    onProgress('bundling', 1);
    return {
      signature: opened.signature,
      report: { ...opened.report, exports: { onnx: toReport(onnx) }, seconds: times.toJson() },
      warnings: trained.warnings,
      ...(input.championPath === undefined ? {} : { duel: trained.duel ?? NOT_COMPARABLE }),
      ...written,
    };
  } finally {
    await threads.close();
  }
}

/** With the figure of this run, which the bundle leaves out: it depends on the machine. */
function toReport({ note, comparison }: OnnxMade): JsonObject {
  if (comparison === null || !Number.isFinite(comparison.maxDifference)) return note;
  return { ...note, maxDifference: comparison.maxDifference };
}

/** Undefined also where it cannot be opened here: nobody can say then who is better. */
function findChampion({ championPath, spec }: TrainingProcessInput): Promise<FittedPipeline | undefined> {
  if (championPath === undefined) return Promise.resolve(undefined);
  return openChampion(championPath, spec.recipe).catch((error: unknown) => {
    if (error instanceof Problem) return undefined;
    throw error;
  });
}

/** Which recipe the model was trained behind. */
function lineage({ spec: { recipe } }: TrainingProcessInput): { recipe?: { name: string; version: number } } {
  return recipe === undefined ? {} : { recipe: { name: recipe.name, version: recipe.version } };
}
