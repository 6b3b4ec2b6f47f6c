import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { ModelVersion } from '../../models/model-types.js';
import { MODEL_CHANGED_CHANNEL, ModelsService } from '../../models/models.service.js';
import type { VersionChoice } from '../../models/registry/version-choice.js';

/** A notification that was lost is made good by asking again; until then an old version answers. */
const REMEMBER_MS = 1000;
/** From then on whoever asks has it looked up for those who come later, so that under load nobody ever waits for it. */
const RENEW_AFTER_MS = 500;
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly version: ModelVersion;
  readonly expiresAtMs: number;
  /** Infinite once somebody has seen to it. */
  renewAtMs: number;
}

/** A question that is on its way. */
interface LookUp {
  readonly version: Promise<ModelVersion>;
  /** Changes that had been heard of when it was asked. */
  readonly changesBefore: number;
}

/** Which version of a model answers, without a question to the database for every prediction. */
@Injectable()
export class CurrentVersions implements OnModuleInit, OnModuleDestroy {
  /** By model, then by choice, so that one deletion forgets all that is known of a model. */
  readonly #remembered = new Map<string, Map<VersionChoice, Remembered>>();
  readonly #lookUps = new Map<string, LookUp>();
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
    if (known === undefined) return undefined;
    const nowMs = performance.now();
    if (known.expiresAtMs <= nowMs) return undefined;
    if (known.renewAtMs <= nowMs) {
      known.renewAtMs = Number.POSITIVE_INFINITY;
      // What fails now is asked for again when this has expired.
      this.#ask(modelId, choice).catch(() => undefined);
    }
    return known.version;
  }

  /** @throws Problem model_not_trained, also when there is no version of the number or alias */
  async get(modelId: string, choice?: VersionChoice): Promise<ModelVersion> {
    return this.peek(modelId, choice) ?? this.#ask(modelId, choice);
  }

  /** One question for all who want to know the same: a busy model has hundreds of them within the time of an answer. */
  #ask(modelId: string, choice: VersionChoice): Promise<ModelVersion> {
    const key = `${modelId} ${typeof choice} ${choice}`;
    const changesBefore = this.#nChanges;
    const known = this.#lookUps.get(key);
    if (known?.changesBefore === changesBefore) return known.version;
    const version = this.models
      .getChosen(modelId, choice)
      .then((found) => {
        if (changesBefore === this.#nChanges) this.#remember(modelId, choice, found);
        return found;
      })
      .finally(() => {
        if (this.#lookUps.get(key)?.version === version) this.#lookUps.delete(key);
      });
    this.#lookUps.set(key, { version, changesBefore });
    return version;
  }

  forget(modelId: string): void {
    this.#nChanges++;
    this.#remembered.delete(modelId);
  }

  #remember(modelId: string, choice: VersionChoice, version: ModelVersion): void {
    const known = this.#remembered.get(modelId) ?? new Map<VersionChoice, Remembered>();
    this.#remembered.delete(modelId);
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
    const nowMs = performance.now();
    const remembered = { version, expiresAtMs: nowMs + REMEMBER_MS, renewAtMs: nowMs + RENEW_AFTER_MS };
    this.#remembered.set(modelId, known.set(choice, remembered));
  }
}
