import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import type { Settings } from '../config/settings-type.js';
import type { Database } from '../database/database.js';
import type { JsonObject } from '../learn/json.js';
import type { ModelsService } from '../models/models.service.js';
import { runTask } from '../processes/run-task.js';
import type { ObjectStore } from '../storage/object-store.js';
import { type AttemptFailure, judgeFailure } from './attempt-failure.js';
import type { AttemptsRepository } from './attempts.repository.js';
import { etaSeconds, expectedSeconds } from './eta.js';
import { keepLease } from './lease.js';
import { packageVersion } from './package-version.js';
import type { TrainingProcessInput, TrainingProcessOutput } from './process/process-types.js';
import { ProgressTracker } from './progress.js';
import { type Champion, decidePromotion } from './promotion.js';
import type { RunningAttempt } from './running-trainings.js';
import type { TrainingRow } from './training.js';
import type { TrainingInputs } from './training-inputs.js';
import type { TrainingOutcomes } from './training-outcomes.js';
import type { TrainingsRepository } from './trainings.repository.js';

const PRODUCER = `trainyard ${packageVersion()}`;
/** How many past trainings an estimate looks at. */
const N_RUN_TIMES = 50;

/** What an attempt needs of the service. */
export interface AttemptDependencies {
  readonly db: Database;
  readonly attempts: AttemptsRepository;
  readonly trainings: TrainingsRepository;
  readonly outcomes: TrainingOutcomes;
  readonly models: ModelsService;
  readonly store: ObjectStore;
  readonly inputs: TrainingInputs;
  readonly settings: Settings;
  /** Another way to run the process: the tests'. */
  readonly runProcess?: typeof runTask<'training'>;
}

/** Runs one attempt of one training from claim to outcome. */
export class AttemptRunner {
  readonly #log = new Logger('training');

  constructor(private readonly needs: AttemptDependencies) {}

  /**
   * Claims the training and runs it; resolves when its outcome is in the row, or is no longer ours to write.
   * @returns after how many milliseconds another attempt may begin; undefined when there is none to be made
   */
  async run(id: string, running: RunningAttempt): Promise<number | undefined> {
    const { attempts, settings } = this.needs;
    const leaseToken = randomUUID();
    const row = await attempts.claim(id, leaseToken, settings.trainingLeaseSeconds);
    if (!row) return undefined;
    this.#log.log({ msg: 'a training begins', id, attempt: row.attempt });
    const release = keepLease(
      attempts,
      { id, leaseToken, leaseSeconds: settings.trainingLeaseSeconds },
      running,
    );
    const bundlePath = await this.needs.store.scratchPath(`training-${id}-${row.attempt}.zip`);
    try {
      const champion = await this.#champion(row);
      const output = await this.#runProcess(row, leaseToken, bundlePath, running, champion);
      await this.#keep(row, leaseToken, bundlePath, output, running, champion);
      return undefined;
    } catch (error) {
      return await this.#fail(row, leaseToken, judgeFailure(error, running.reason, row.attempt));
    } finally {
      release();
      for (const ending of ['', '.parquet', '.parquet.spill']) {
        await rm(`${bundlePath}${ending}`, { recursive: true, force: true });
      }
    }
  }

  async #runProcess(
    row: TrainingRow,
    leaseToken: string,
    bundlePath: string,
    running: RunningAttempt,
    champion: Champion | undefined,
  ): Promise<TrainingProcessOutput> {
    const { inputs, settings, runProcess = runTask<'training'> } = this.needs;
    const input: TrainingProcessInput = {
      trainingId: row.id,
      attempt: row.attempt,
      spec: row.spec,
      ...(await inputs.find(row.spec)),
      ...(champion === undefined ? {} : { championPath: champion.bundlePath }),
      bundlePath,
      threads: settings.trainingThreads,
      memoryMb: settings.trainingMemoryMb,
      onnxMaxBytes: settings.onnxMaxBytes,
      // The row's, not the attempt's: every attempt makes the same bytes.
      createdAt: row.created_at.toISOString(),
      producer: PRODUCER,
    };
    return runProcess('training', input, {
      signal: running.signal,
      timeoutMs: row.max_run_seconds * 1000,
      memoryMb: settings.trainingMemoryMb,
      onProgress: await this.#follow(row, leaseToken),
    });
  }

  /** Whom the new version is to beat; undefined where it need not. */
  async #champion({ spec, model_id }: TrainingRow): Promise<Champion | undefined> {
    if (spec.promotion !== 'if_better') return undefined;
    const current = (await this.needs.models.findModel(model_id))?.current;
    if (!current) return undefined;
    return { version: current.version, bundlePath: await this.needs.store.localPath(current.bundleKey) };
  }

  async #follow(row: TrainingRow, leaseToken: string): Promise<(phase: string, fraction: number) => void> {
    const { algorithm } = row.spec.pipeline;
    const expected = expectedSeconds(row.spec, await this.needs.trainings.runTimes(algorithm, N_RUN_TIMES));
    const tracker = new ProgressTracker();
    const startedAt = performance.now();
    return (phase, fraction) => {
      const step = tracker.report(phase, fraction);
      if (!step) return;
      const elapsed = (performance.now() - startedAt) / 1000;
      const eta = etaSeconds(expected, elapsed, step.progress);
      // A step that is not written is followed by the next one.
      this.needs.attempts
        .advance(row.id, leaseToken, { ...step, etaSeconds: eta })
        .catch((error: unknown) =>
          this.#log.warn({ msg: 'progress was not written', id: row.id, err: error }),
        );
    };
  }

  /** Stores the bundle, then takes version, outcome and callback in one transaction, if the lease still holds. */
  async #keep(
    row: TrainingRow,
    leaseToken: string,
    bundlePath: string,
    output: TrainingProcessOutput,
    running: RunningAttempt,
    champion: Champion | undefined,
  ): Promise<void> {
    const { db, attempts, outcomes, models, store, inputs } = this.needs;
    const bundleKey = `bundles/${randomUUID()}.zip`;
    await store.putFile(bundleKey, bundlePath);
    let isKept = false;
    try {
      isKept = await db.transaction(async (client) => {
        const held = await attempts.lockHeld(client, row.id, leaseToken);
        if (!held || held.attempt !== row.attempt) return false;
        if (held.cancel_requested) {
          await outcomes.end(client, row.id, { status: 'canceled' });
          return false;
        }
        const current = (await models.lockCurrent(client, row.model_id)) ?? undefined;
        const { warning, ...decision } = decidePromotion(
          row.spec,
          output.duel,
          current === champion?.version,
        );
        const modelVersion = await models.commitVersion(client, {
          modelId: row.model_id,
          modelName: row.spec.modelName,
          ownerId: row.owner_id,
          trainingId: row.id,
          algorithm: row.spec.pipeline.algorithm,
          task: output.signature.task,
          signature: output.signature,
          report: withDuel(output),
          bundleKey,
          nBytes: output.nBytes,
          sha256: output.sha256,
          lineage: await inputs.lineage(row.spec, PRODUCER),
          ...decision,
        });
        await inputs.recordUse(client, row.spec, modelVersion);
        const warnings = [...output.warnings, ...(warning === undefined ? [] : [warning])];
        const ending = { status: 'succeeded', modelVersion, warnings } as const;
        await outcomes.end(client, row.id, ending, output.report);
        return true;
      });
    } finally {
      // An answer to the commit that was lost leaves the object: a row may name it. The sweep of orphans decides.
      if (!isKept && !(await models.namesBundle(bundleKey))) await store.delete(bundleKey);
    }
    this.#log.log({
      msg: isKept ? 'a training succeeded' : 'a result was discarded',
      id: row.id,
      reason: running.reason,
    });
  }

  async #fail(row: TrainingRow, leaseToken: string, failure: AttemptFailure): Promise<number | undefined> {
    const { db, attempts, outcomes } = this.needs;
    if (failure.kind === 'unknown') {
      this.#log.error({ msg: 'an attempt failed unexpectedly', id: row.id, err: failure.cause });
    }
    return db.transaction(async (client) => {
      const held = await attempts.lockHeld(client, row.id, leaseToken);
      if (!held) return undefined;
      this.#log.warn({
        msg: 'an attempt came to nothing',
        id: row.id,
        attempt: row.attempt,
        kind: failure.kind,
      });
      if (failure.kind === 'final') await outcomes.end(client, row.id, failure.ending);
      else if (failure.kind === 'not_its_fault') await outcomes.giveBack(client, held);
      else if (await outcomes.loseAttempt(client, held, failure.error, failure.delayMs))
        return failure.delayMs;
      return undefined;
    });
  }
}

/** The duel is no part of the bundle: it says something of two versions. */
function withDuel({ report, duel }: TrainingProcessOutput): JsonObject {
  return duel === undefined ? report : { ...report, duel: { ...duel } };
}
