import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import { Problem } from '../../errors/problem.js';
import { MODEL_CHANGED_CHANNEL } from '../../models/models.service.js';
import type { LogChoice } from './log-types.js';
import { PredictionLogRepository } from './prediction-log.repository.js';

/** Sent with the model's id when its owner has changed what is kept. */
const CHANNEL = 'prediction_log_changed';

/**
 * What is to be kept of each model's predictions. Every choice that an owner has made is in memory, so that the
 * prediction path never waits for it; there are as many as owners who asked for a log.
 */
@Injectable()
export class LogChoices implements OnModuleInit, OnModuleDestroy {
  readonly #log = new Logger('predictions');
  readonly #chosen = new Map<string, LogChoice>();
  /** Where no owner has chosen. */
  readonly standard: LogChoice;
  #stops: (() => Promise<void>)[] = [];

  constructor(
    { predictionLogPercent, predictionLogDays }: Settings,
    private readonly database: Database,
    private readonly repository: PredictionLogRepository,
  ) {
    this.standard = {
      sampleShare: predictionLogPercent / 100,
      keepDays: predictionLogDays,
      retrainOnDrift: false,
    };
  }

  async onModuleInit(): Promise<void> {
    const onReconnect = () => this.#inBackground(this.#loadAll());
    // Listening comes first: a change between the two is heard, and read again.
    const onChange = (id: string) => this.#inBackground(this.#load(id));
    this.#stops.push(await this.database.listen(CHANNEL, onChange, { onReconnect }));
    // A choice goes with its model, and is none for another one of the same record.
    const onModelChange = (id: string) => (this.#chosen.has(id) ? onChange(id) : undefined);
    this.#stops.push(await this.database.listen(MODEL_CHANGED_CHANNEL, onModelChange));
    await this.#loadAll();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
  }

  get(modelId: string): LogChoice {
    return this.#chosen.get(modelId) ?? this.standard;
  }

  /** @throws Problem model_not_trained */
  async set(modelId: string, choice: LogChoice): Promise<void> {
    await this.database.transaction(async (client) => {
      if (!(await this.repository.setChoice(client, modelId, choice))) {
        throw new Problem(
          'model_not_trained',
          'The model has no version yet, and so no predictions to keep.',
        );
      }
      await client.notify(CHANNEL, modelId);
    });
    this.#chosen.set(modelId, choice);
  }

  async #loadAll(): Promise<void> {
    for (const { modelId, ...choice } of await this.repository.listChoices(this.database)) {
      this.#chosen.set(modelId, choice);
    }
  }

  async #load(modelId: string): Promise<void> {
    const choice = await this.repository.findChoice(this.database, modelId);
    if (choice === undefined) this.#chosen.delete(modelId);
    else this.#chosen.set(modelId, choice);
  }

  /** Until it succeeds, what was chosen before holds. */
  #inBackground(loading: Promise<void>): void {
    loading.catch((error: unknown) => {
      this.#log.warn({ msg: 'what is to be kept of predictions could not be read', err: error });
    });
  }
}
