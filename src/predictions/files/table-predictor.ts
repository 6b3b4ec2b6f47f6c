import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Limiter } from '../../datasets/upload/limiter.js';
import { Problem } from '../../errors/problem.js';
import type { ForeignFile } from '../../models/imports/foreign-model.js';
import { foreignFormatOf } from '../../models/imports/foreign-model.js';
import { ForeignModels } from '../../models/imports/foreign-models.service.js';
import type { ModelVersion } from '../../models/model-types.js';
import { type RunTaskOptions, runTask } from '../../processes/run-task.js';
import { TaskFailed, TaskLost, TaskOutOfMemory, TaskTimedOut } from '../../processes/task-errors.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { ContentInput, ContentOutput } from './content/content-types.js';
import type { FileColumn, PredictionTaskInput, PredictionTaskOutput } from './process/file-task-types.js';
import type { SampleQuestion } from './process/row-sample.js';

/** A table that is to be predicted. */
export interface TableQuestion
  extends Pick<PredictionTaskInput, 'tablePath' | 'onRowProblem' | 'outputPath'> {
  readonly columns: readonly FileColumn[];
  /** Undefined: no rows come back. */
  readonly sample?: SampleQuestion | undefined;
}

export type TaskWatch = Pick<RunTaskOptions, 'signal' | 'onProgress'>;
export type ContentQuestion = Omit<ContentInput, 'threads' | 'memoryMb'>;

/** Predicts whole tables and writes files of them, in processes of their own; so many of each at once. */
@Injectable()
export class TablePredictor {
  readonly #predictions: Limiter;
  readonly #contents: Limiter;

  constructor(
    private readonly settings: Settings,
    private readonly store: ObjectStore,
    private readonly foreignModels: ForeignModels,
  ) {
    this.#predictions = new Limiter(settings.predictionFilesConcurrency);
    this.#contents = new Limiter(settings.ingestConcurrency);
  }

  /** Runs work that predicts when there is room for it. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#predictions.run(work);
  }

  /**
   * @throws Problem columns_do_not_fit, invalid_rows, bundle_invalid, process_lost, process_timed_out,
   *   payload_too_large, storage_full; TaskCanceled
   */
  async predict(
    version: ModelVersion,
    question: TableQuestion,
    watch: TaskWatch = {},
  ): Promise<PredictionTaskOutput> {
    const {
      predictionFilesThreads: threads,
      predictionFilesMemoryMb: memoryMb,
      predictionFilesTimeoutSeconds,
    } = this.settings;
    const input: PredictionTaskInput = {
      tablePath: question.tablePath,
      outputPath: question.outputPath,
      onRowProblem: question.onRowProblem,
      sample: question.sample ?? null,
      columns: question.columns.map(({ name, type, integer }) => ({
        name,
        type,
        ...(integer === undefined ? {} : { integer }),
      })),
      bundlePath: await this.store.localPath(version.bundleKey),
      foreign: await this.#foreign(version),
      signature: version.signature,
      threads,
      memoryMb,
    };
    const limits = { timeoutMs: predictionFilesTimeoutSeconds * 1000, memoryMb };
    return this.#told(runTask('prediction', input, { ...watch, ...limits }), [
      question.outputPath,
      `${question.outputPath}.predictions`,
    ]);
  }

  /** @throws Problem payload_too_large, process_lost, process_timed_out, storage_full; TaskCanceled */
  write(question: ContentQuestion, watch: TaskWatch = {}): Promise<ContentOutput> {
    const { ingestThreads: threads, predictionFilesMemoryMb: memoryMb, ingestTimeoutSeconds } = this.settings;
    const limits = { timeoutMs: ingestTimeoutSeconds * 1000, memoryMb };
    const { outputPath } = question;
    return this.#contents.run(() =>
      this.#told(runTask('content', { ...question, threads, memoryMb }, { ...watch, ...limits }), [
        outputPath,
        `${outputPath}.body`,
      ]),
    );
  }

  async #foreign(version: ModelVersion): Promise<ForeignFile | null> {
    if (foreignFormatOf(version.algorithm) === undefined) return null;
    const { maxBytes } = this.foreignModels.limits();
    return { model: await this.foreignModels.describe(version), maxBytes };
  }

  /** A process that was killed could not clean up after itself. */
  async #told<Result>(running: Promise<Result>, paths: readonly string[]): Promise<Result> {
    try {
      return await running;
    } catch (error) {
      for (const path of paths) await rm(path, { force: true });
      throw asProblem(error);
    }
  }
}

function asProblem(error: unknown): unknown {
  if (error instanceof TaskFailed) return error.toProblem();
  if (error instanceof TaskTimedOut) {
    return new Problem(
      'process_timed_out',
      `The predicting took longer than the ${error.timeoutMs / 1000} s that it may.`,
    );
  }
  if (error instanceof TaskOutOfMemory) {
    return new Problem(
      'payload_too_large',
      `The predicting needed more than the ${error.memoryMb} MiB that it may have.`,
    );
  }
  if (error instanceof TaskLost) {
    return error.toProblem('The process that predicted the file has ended; send the file again.');
  }
  return error;
}
