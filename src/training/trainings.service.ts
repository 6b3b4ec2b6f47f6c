import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import type { DatabaseClient } from '../database/database-client.js';
import { Problem } from '../errors/problem.js';
import { ModelsService } from '../models/models.service.js';
import { hashOfJson } from './canonical-json.js';
import type { Training } from './training.js';
import { TrainingOutcomes } from './training-outcomes.js';
import { TrainingQueue } from './training-queue.js';
import { TrainingRequests } from './training-requests.js';
import type { TrainingSpec } from './training-spec.js';
import { type TrainingFilter, TrainingsRepository } from './trainings.repository.js';

const MAX_KEY_LENGTH = 255;

/** Starts, shows and cancels trainings. */
@Injectable()
export class TrainingsService {
  readonly #log = new Logger('training');

  constructor(
    private readonly db: Database,
    private readonly repository: TrainingsRepository,
    private readonly requests: TrainingRequests,
    private readonly outcomes: TrainingOutcomes,
    private readonly queue: TrainingQueue,
    private readonly settings: Settings,
    private readonly models: ModelsService,
  ) {}

  /**
   * Accepts a training: its row and its Idempotency-Key appear together, then it is queued.
   * The same key with the same body gives the training that was started first, however it stands by now.
   * @param body as it was sent
   * @throws Problem invalid_training with everything that is wrong; dataset_not_found, forbidden,
   *   idempotency_key_reused, invalid_request (the key itself)
   */
  async start(body: unknown, idempotencyKey?: string): Promise<Training> {
    checkKey(idempotencyKey);
    const requestHash = hashOfJson(body);
    if (idempotencyKey !== undefined) {
      // Before the request is judged: what was legal then may not be now, and is answered all the same.
      const earlier = await this.repository.findKey(this.db, idempotencyKey);
      if (earlier) return this.#same(earlier, requestHash);
    }
    const spec = await this.requests.accept(body);
    const started = await this.db.transaction((client) =>
      this.#insert(
        client,
        spec,
        idempotencyKey === undefined ? undefined : { key: idempotencyKey, requestHash },
      ),
    );
    if ('requestHash' in started) return this.#same(started, requestHash);
    // It is accepted: should this fail, the sweep finds a queued row without a job.
    await this.queue.enqueue(started.id).catch((err: unknown) => {
      this.#log.warn({ msg: 'a training could not be queued yet', id: started.id, err });
    });
    return started;
  }

  /**
   * Trains a model as its current version was trained, on the newest version of its data set; the new version answers
   * only if it is better on rows that were held out.
   * @throws Problem model_not_found, model_not_trained, conflict for an imported model, and whatever `start` throws
   */
  async retrain(modelId: string): Promise<Training> {
    const { trainingId } = await this.models.getVersion(modelId);
    if (trainingId === null) {
      throw new Problem('conflict', 'The current version was imported; it is not known how to train it.');
    }
    const { spec } = await this.get(trainingId);
    const { pipeline, recipe, modelName, ownerId, datasetId, maxRunSeconds, exports, annotations } = spec;
    return this.start({
      ...{ modelId, modelName, ownerId, datasetId, maxRunSeconds, ...pipeline, promotion: 'if_better' },
      ...(recipe === undefined ? {} : { recipe: recipe.name, recipeVersion: recipe.version }),
      ...(exports === undefined ? {} : { exports }),
      ...(annotations === undefined ? {} : { annotations }),
    });
  }

  /** @throws Problem training_not_found */
  async get(id: string): Promise<Training> {
    const training = await this.repository.find(id);
    if (!training) throw notFound();
    return training;
  }

  async list(filter: TrainingFilter): Promise<{ trainings: Training[]; next: string | null }> {
    const found = await this.repository.list({ ...filter, limit: filter.limit + 1 });
    const trainings = found.slice(0, filter.limit);
    return { trainings, next: found.length > filter.limit ? (trainings.at(-1)?.id ?? null) : null };
  }

  /**
   * Queued: canceled at once. Running: its worker is told to end it.
   * @throws Problem training_not_found, training_finished
   */
  async cancel(id: string): Promise<{ training: Training; wasCanceled: boolean }> {
    const wasCanceled = await this.db.transaction(async (client) => {
      const row = await this.repository.lock(client, id);
      if (!row) throw notFound();
      if (row.status === 'canceled') return true;
      if (row.finished_at) throw new Problem('training_finished', 'The training has ended otherwise.');
      if (row.status === 'queued') await this.outcomes.end(client, id, { status: 'canceled' });
      else await this.repository.requestCancel(client, id);
      return false;
    });
    return { training: await this.get(id), wasCanceled };
  }

  async #insert(
    client: DatabaseClient,
    spec: TrainingSpec,
    idempotency: { key: string; requestHash: string } | undefined,
  ): Promise<Training | { requestHash: string; trainingId: string }> {
    const id = randomUUID();
    // The key's row refers to the training's, so the training comes first; a lost race throws it away.
    const training = await this.repository.insert(client, {
      id,
      spec,
      maxAttempts: this.settings.trainingMaxAttempts,
    });
    if (!idempotency) return training;
    const earlier = await this.repository.takeKey(client, { ...idempotency, trainingId: id });
    if (!earlier) return training;
    await this.repository.delete(client, id);
    return earlier;
  }

  async #same(earlier: { requestHash: string; trainingId: string }, requestHash: string): Promise<Training> {
    if (earlier.requestHash !== requestHash) {
      throw new Problem('idempotency_key_reused', 'The Idempotency-Key was used with another body.');
    }
    return this.get(earlier.trainingId);
  }
}

function checkKey(key: string | undefined): void {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new Problem('invalid_request', 'The Idempotency-Key is not valid.', [
    {
      code: 'out_of_range',
      argument: 'Idempotency-Key',
      message: `Idempotency-Key must be 1 to ${MAX_KEY_LENGTH} visible ASCII characters`,
    },
  ]);
}

function notFound(): Problem {
  return new Problem('training_not_found', 'There is no training with this id.');
}
