import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { ModelVersion } from '../../models/model-types.js';
import { MODEL_CHANGED_CHANNEL, ModelsService } from '../../models/models.service.js';

/** A notification that was lost is made good by asking again; until then an old version answers. */
const REMEMBER_MS = 1000;
const MAX_REMEMBERED = 10_000;

/** Which version a caller wants: the number of one, or an alias; undefined: the current one. */
export type VersionChoice = number | string | undefined;

interface Remembered {
  readonly version: ModelVersion;
  readonly expiresAtMs: number;
}

/** Which version of a model answers, without a question to the database for every prediction. */
@Injectable()
export class CurrentVersions implements OnModuleInit, OnModuleDestroy {
  /** By model, then by choice, so that one deletion forgets all that is known of a model. */
  readonly #remembered = new Map<string, Map<VersionChoice, Remembered>>();
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
    this.models.onChangedHere((id) => this.forget(id));
    this.#stop = await this.database.listen(MODEL_CHANGED_CHANNEL, (id) => this.forget(id), { onReconnect });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#stop?.();
  }

  /** What is remembered, without waiting. */
  peek(modelId: string, choice?: VersionChoice): ModelVersion | undefined {
    const known = this.#remembered.get(modelId)?.get(choice);
    return known !== undefined && known.expiresAtMs > performance.now() ? known.version : undefined;
  }

  /** @throws Problem model_not_trained, also when there is no version of the number or alias */
  async get(modelId: string, choice?: VersionChoice): Promise<ModelVersion> {
    const known = this.peek(modelId, choice);
    if (known !== undefined) return known;
    const changesBefore = this.#nChanges;
    const version = await this.#lookUp(modelId, choice);
    if (changesBefore === this.#nChanges) this.#remember(modelId, choice, version);
    return version;
  }

  forget(modelId: string): void {
    this.#nChanges++;
    this.#remembered.delete(modelId);
  }

  /** The one place where a choice becomes a version: other ways to name one join here. */
  #lookUp(modelId: string, choice: VersionChoice): Promise<ModelVersion> {
    if (choice === undefined) return this.models.getTrainedVersion(modelId);
    return typeof choice === 'string'
      ? this.models.getAliased(modelId, choice)
      : this.models.getVersion(modelId, choice);
  }

  #remember(modelId: string, choice: VersionChoice, version: ModelVersion): void {
    const known = this.#remembered.get(modelId) ?? new Map<VersionChoice, Remembered>();
    this.#remembered.delete(modelId);
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
    this.#remembered.set(
      modelId,
      known.set(choice, { version, expiresAtMs: performance.now() + REMEMBER_MS }),
    );
  }
}
