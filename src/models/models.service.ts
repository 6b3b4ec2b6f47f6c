import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { DatabaseClient } from '../database/database-client.js';
import { Problem } from '../errors/problem.js';
import type { JsonObject } from '../learn/json.js';
import { ObjectStore } from '../storage/object-store.js';
import { ModelRepository } from './model.repository.js';
import type { Model, ModelListQuery, ModelVersion, NewModelVersion } from './model-types.js';
import { ModelUsage } from './model-usage.js';
import { RegistryRepository } from './registry/registry.repository.js';
import { CHAMPION } from './registry/registry-types.js';
import type { VersionChoice } from './registry/version-choice.js';

/** Sent with the model's id when its current version has changed or it is gone. */
export const MODEL_CHANGED_CHANNEL = 'model_changed';

/** The registry: which models there are and which version of each is the current one. */
@Injectable()
export class ModelsService {
  readonly #log = new Logger('models');
  readonly #listeners = new Set<(modelId: string) => void>();
  readonly #promotionListeners = new Set<(version: ModelVersion) => Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly repository: ModelRepository,
    private readonly registry: RegistryRepository,
    private readonly store: ObjectStore,
    private readonly usage: ModelUsage,
  ) {}

  /**
   * Appends a version, and makes it the current one where it is to be that, in the caller's transaction: it shows, and is
   * announced, when that commits. Versions of one model are numbered 1, 2, 3 … in the order of their commits.
   * @returns the version's number
   * @throws Problem forbidden when the model has another owner by now
   */
  async commitVersion(client: DatabaseClient, version: NewModelVersion): Promise<number> {
    const isOwners = await this.repository.upsertLocked(client, {
      id: version.modelId,
      name: version.modelName,
      ownerId: version.ownerId,
    });
    if (!isOwners) throw new Problem('forbidden', 'The model has another owner.');
    const number = await this.repository.appendVersion(client, version);
    const current = (await this.registry.lockCurrent(client, version.modelId)) ?? null;
    if (version.promote || current === null) {
      const { modelId, reason } = version;
      await this.registry.promote(client, modelId, { from: current, to: number, reason });
    }
    await client.notify(MODEL_CHANGED_CHANNEL, version.modelId);
    return number;
  }

  /** The number of the current version, with the model's lock held; null without one, undefined without a model. */
  lockCurrent(client: DatabaseClient, modelId: string): Promise<number | null | undefined> {
    return this.registry.lockCurrent(client, modelId);
  }

  /**
   * Calls the listener for every change that a request to this process has made, before the request is answered: a
   * caller must find what it has sent. The notification, which every process hears, may come a moment later.
   */
  onChangedHere(listener: (modelId: string) => void): void {
    this.#listeners.add(listener);
  }

  /** Calls the listener before a promotion that was asked for here: what it has to get ready is ready when the version answers. */
  onPromotingHere(listener: (version: ModelVersion) => Promise<void>): void {
    this.#promotionListeners.add(listener);
  }

  async readyForPromotion(version: ModelVersion): Promise<void> {
    await Promise.all([...this.#promotionListeners].map((listener) => listener(version)));
  }

  /** To be called when the transaction of `commitVersion` has ended. */
  tellHere(modelId: string): void {
    for (const listener of this.#listeners) listener(modelId);
  }

  /** @throws Problem model_not_found */
  async getModel(id: string): Promise<Model> {
    const model = await this.repository.find(this.database, id);
    if (model === undefined) throw modelNotFound();
    return model;
  }

  /** The model, or undefined when nothing was ever trained or imported under the id. */
  findModel(id: string): Promise<Model | undefined> {
    return this.repository.find(this.database, id);
  }

  /**
   * One version, by default the current one.
   * @throws Problem model_not_found, or model_not_trained when the model has no version, or not this one
   */
  async getVersion(id: string, version?: number): Promise<ModelVersion> {
    const model = await this.getModel(id);
    if (version === undefined || version === model.current?.version) {
      if (model.current === null) throw modelNotTrained();
      return model.current;
    }
    const found = await this.repository.findVersion(this.database, id, version);
    if (found === undefined)
      throw new Problem('model_not_trained', 'The model has no version of this number.');
    return found;
  }

  /**
   * The version that an alias points to.
   * @throws Problem model_not_found, model_not_trained when the model has no such alias
   */
  async getAliased(id: string, alias: string): Promise<ModelVersion> {
    if (alias === CHAMPION) return this.getVersion(id);
    await this.getModel(id);
    const aliases = await this.registry.listAliases(this.database, id);
    const version = aliases.find((known) => known.alias === alias)?.version;
    if (version === undefined)
      throw new Problem('model_not_trained', 'The model has no version of this alias.');
    return this.getVersion(id, version);
  }

  /**
   * The version that a caller has chosen by its number or an alias; undefined: the current one.
   * @throws Problem model_not_found, model_not_trained, also when there is no version of the number or alias
   */
  getChosen(id: string, choice: VersionChoice): Promise<ModelVersion> {
    if (choice === undefined) return this.getTrainedVersion(id);
    return typeof choice === 'string' ? this.getAliased(id, choice) : this.getVersion(id, choice);
  }

  /** The current version of a record that the data server knows. @throws Problem model_not_trained */
  async getTrainedVersion(id: string): Promise<ModelVersion> {
    const current = (await this.findModel(id))?.current ?? null;
    if (current === null) throw modelNotTrained();
    return current;
  }

  /** @throws Problem model_not_found, model_not_trained */
  async getReport(id: string, version: number): Promise<JsonObject> {
    await this.getVersion(id, version);
    const report = await this.repository.findReport(this.database, id, version);
    if (report === undefined) throw modelNotTrained();
    return report;
  }

  listModels(query: ModelListQuery): Promise<Model[]> {
    return this.repository.list(this.database, query);
  }

  /** The newest first. @throws Problem model_not_found */
  async listVersions(id: string): Promise<ModelVersion[]> {
    await this.getModel(id);
    return this.repository.listVersions(this.database, id);
  }

  /**
   * Deletes the model with all of its versions; its files go after the commit, so that no row ever names a missing one.
   * @throws Problem model_not_found, model_in_use
   */
  async deleteModel(id: string): Promise<void> {
    const keys = await this.database.transaction(async (client) => {
      if (!(await this.repository.lock(client, id))) throw modelNotFound();
      if (await this.usage.isInUse(client, id)) {
        throw new Problem('model_in_use', 'A training of this model has not ended.');
      }
      const deleted = await this.repository.delete(client, id);
      await client.notify(MODEL_CHANGED_CHANNEL, id);
      return deleted;
    });
    this.tellHere(id);
    for (const key of keys) await this.#discard(key);
  }

  /** Whether a version names this object: for the sweep of orphans. */
  namesBundle(bundleKey: string): Promise<boolean> {
    return this.repository.namesBundle(this.database, bundleKey);
  }

  /** A file that stays behind costs room, not correctness: the sweep of orphans finds it. */
  async #discard(key: string): Promise<void> {
    await this.store.delete(key).catch((error: unknown) => {
      this.#log.warn({ msg: 'a bundle could not be deleted', key, err: error });
    });
  }
}

function modelNotFound(): Problem {
  return new Problem('model_not_found', 'Nothing was trained or imported under this id.');
}

function modelNotTrained(): Problem {
  return new Problem('model_not_trained', 'The model has no version yet.');
}
