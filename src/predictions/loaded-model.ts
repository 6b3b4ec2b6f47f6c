import { Problem } from '../errors/problem.js';
import type { FittedPipeline } from '../learn/pipeline/fitted-pipeline.js';
import { ReplyWriter } from './reply-writer.js';

/** What a request of many rows may take on the event loop. */
const INLINE_BUDGET_MS = 2;
/** Until a model was measured: a row of a large forest. */
const FIRST_GUESS_MS = 0.1;
const SMOOTHING = 0.2;
const MAX_GROWTH = 2;
const FORGETTING = 0.02;

/** A model that is ready to predict. Owns the pipeline's scratch buffers: one per thread. */
export class LoadedModel {
  readonly #writer: ReplyWriter;
  #msPerRow = FIRST_GUESS_MS;

  constructor(
    modelId: string,
    version: number,
    private readonly pipeline: FittedPipeline,
    /** What it takes of the cache's budget. */
    readonly nBytes: number,
  ) {
    this.#writer = new ReplyWriter(modelId, version, pipeline);
  }

  /** Whether so many rows are expected to be done before anybody notices. */
  isQuick(nRows: number): boolean {
    if (nRows * this.#msPerRow <= INLINE_BUDGET_MS) return true;
    // Only what runs here is measured: without forgetting, one pause of the engine would send all to threads for ever.
    this.#msPerRow *= 1 - FORGETTING;
    return false;
  }

  /** The JSON of the reply. @throws Problem invalid_rows with every problem of every row */
  predict(rows: readonly unknown[]): string {
    const startedAt = performance.now();
    const { outputs, problems, warnings, nWarningsLeftOut } = this.pipeline.predictRows(rows);
    if (problems.length > 0) {
      const detail =
        problems.length === 1 ? '1 problem; see errors[].' : `${problems.length} problems; see errors[].`;
      throw new Problem('invalid_rows', `The rows do not fit the model: ${detail}`, problems);
    }
    const reply = this.#writer.write(outputs, rows.length, warnings, nWarningsLeftOut);
    const msPerRow = (performance.now() - startedAt) / rows.length;
    // A pause of the engine or a busy machine is no property of the model: one sample may not weigh much.
    const sample = Math.min(msPerRow, MAX_GROWTH * this.#msPerRow);
    this.#msPerRow += SMOOTHING * (sample - this.#msPerRow);
    return reply;
  }
}
