import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import type { LogChoice } from './log-types.js';
import { PredictionLogRepository } from './prediction-log.repository.js';

/** Sent with the model's id when its owner has changed what is kept. */
const CHANNEL = 'prediction_log_changed';
const MAX_REMEMBERED = 10_000;

/** What is to be kept of each model's predictions, known without a question to the database once it was asked for. */
@Injectable()
export class LogChoices implements OnModuleInit, OnModuleDestroy {
  readonly #log = new Logger('predictions');
  readonly #known = new Map<string, LogChoice>();
  readonly #asked = new Set<string>();
  #stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly repository: PredictionLogRepository,
  ) {}

  async onModuleInit(): Promise<void> {
    const onReconnect = () => this.#known.clear();
    this.#stop = await this.database.listen(CHANNEL, (id) => this.#known.delete(id), { onReconnect });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#stop?.();
  }

  /** Where no owner has chosen. */
  get standard(): LogChoice {
    const { predictionLogPercent, predictionLogDays } = this.settings;
    return { sampleShare: predictionLogPercent / 100, keepDays: predictionLogDays, retrainOnDrift: false };
  }

  /** What is known now. A model that is met for the first time is asked for; until then its predictions are kept by the standard. */
  peek(modelId: string): LogChoice {
    const known = this.#known.get(modelId);
    if (known !== undefined) return known;
    if (!this.#asked.has(modelId)) {
      this.get(modelId).catch((error: unknown) => {
        this.#log.warn({ msg: 'what is to be kept of predictions is not known', modelId, err: error });
      });
    }
    return this.standard;
  }

  async get(modelId: string): Promise<LogChoice> {
    this.#asked.add(modelId);
    try {
      const choice = (await this.repository.findChoice(this.database, modelId)) ?? this.standard;
      if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
      this.#known.set(modelId, choice);
      return choice;
    } finally {
      this.#asked.delete(modelId);
    }
  }

  async set(modelId: string, choice: LogChoice): Promise<void> {
    await this.database.transaction(async (client) => {
      await this.repository.setChoice(client, modelId, choice);
      await client.notify(CHANNEL, modelId);
    });
    this.#known.set(modelId, choice);
  }
}
