import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { ModelVersion } from '../models/model-types.js';
import { MODEL_CHANGED_CHANNEL, ModelsService } from '../models/models.service.js';

/** A notification that was lost is made good by asking again; until then an old version answers. */
const REMEMBER_MS = 1000;
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly version: ModelVersion;
  readonly expiresAtMs: number;
}

/** Which version of a model is the current one, without a question to the database for every prediction. */
@Injectable()
export class CurrentVersions implements OnModuleInit, OnModuleDestroy {
  readonly #remembered = new Map<string, Remembered>();
  /** Raised by every change, so that an answer that was on its way when it came is not remembered. */
  #nChanges = 0;
  #stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
  ) {}

  async onModuleInit(): Promise<void> {
    const onReconnect = () => {
      this.#nChanges++;
      this.#remembered.clear();
    };
    this.models.onChangedHere((id) => this.#forget(id));
    this.#stop = await this.database.listen(MODEL_CHANGED_CHANNEL, (id) => this.#forget(id), { onReconnect });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#stop?.();
  }

  /** What is remembered, without waiting. */
  peek(modelId: string): ModelVersion | undefined {
    const known = this.#remembered.get(modelId);
    return known !== undefined && known.expiresAtMs > performance.now() ? known.version : undefined;
  }

  /** @throws Problem model_not_trained */
  async get(modelId: string): Promise<ModelVersion> {
    const known = this.peek(modelId);
    if (known !== undefined) return known;
    const changesBefore = this.#nChanges;
    const version = await this.models.getTrainedVersion(modelId);
    if (changesBefore === this.#nChanges) this.#remember(modelId, version);
    return version;
  }

  #remember(modelId: string, version: ModelVersion): void {
    this.#remembered.delete(modelId);
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
    this.#remembered.set(modelId, { version, expiresAtMs: performance.now() + REMEMBER_MS });
  }

  #forget(modelId: string): void {
    this.#nChanges++;
    this.#remembered.delete(modelId);
  }
}
