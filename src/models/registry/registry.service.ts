import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { DatabaseClient } from '../../database/database-client.js';
import { Problem } from '../../errors/problem.js';
import type { JsonObject } from '../../learn/json.js';
import { ObjectStore } from '../../storage/object-store.js';
import { BundleOpener } from '../bundle-opener.js';
import { foreignFormatOf } from '../imports/foreign-model.js';
import { ForeignModels } from '../imports/foreign-models.service.js';
import type { ModelVersion } from '../model-types.js';
import { MODEL_CHANGED_CHANNEL, ModelsService } from '../models.service.js';
import { modelOpenapi } from './model-openapi.js';
import { RegistryRepository } from './registry.repository.js';
import {
  CHAMPION,
  type ListedVersion,
  type ModelAlias,
  type Promotion,
  type PromotionReason,
  type VersionTags,
} from './registry-types.js';
import { tensorOpenapi } from './tensor-openapi.js';

/** Enough to see what happened; all of them stay in the table. */
const N_PROMOTIONS_SHOWN = 100;
const MAX_ALIASES = 100;
const MAX_EXAMPLE_ROWS = 200;

/** Which version answers, and under which names versions are known. */
@Injectable()
export class RegistryService {
  /** By the bundle's digest: opening one takes up to seconds. */
  readonly #exampleRows = new Map<string, JsonObject>();

  constructor(
    private readonly database: Database,
    private readonly repository: RegistryRepository,
    private readonly models: ModelsService,
    private readonly store: ObjectStore,
    private readonly opener: BundleOpener,
    private readonly foreign: ForeignModels,
  ) {}

  /**
   * An OpenAPI page of the model alone, with one of the current version's golden rows as the example.
   * @throws Problem model_not_found, model_not_trained
   */
  async openapi(modelId: string): Promise<JsonObject> {
    const model = await this.models.getModel(modelId);
    const version = await this.models.getVersion(modelId);
    const isForeign = foreignFormatOf(version.algorithm) !== undefined;
    const tensor = isForeign ? await this.foreign.exampleTensor(version) : undefined;
    if (tensor !== undefined) return tensorOpenapi(model, version, tensor);
    return modelOpenapi(model, version, await this.#exampleRow(version));
  }

  /** The newest first, each with its aliases. @throws Problem model_not_found */
  async listVersions(modelId: string): Promise<ListedVersion[]> {
    const [versions, aliases] = await Promise.all([
      this.models.listVersions(modelId),
      this.listAliases(modelId),
    ]);
    return versions.map((version) => ({
      ...version,
      aliases: aliases.filter((alias) => alias.version === version.version).map(({ alias }) => alias),
    }));
  }

  /** The champion first, then the others by name. @throws Problem model_not_found */
  async listAliases(modelId: string): Promise<ModelAlias[]> {
    const { current, updatedAt } = await this.models.getModel(modelId);
    const champion = current === null ? [] : [{ alias: CHAMPION, version: current.version, updatedAt }];
    return [...champion, ...(await this.repository.listAliases(this.database, modelId))];
  }

  /** The changes of the current version, the newest first. @throws Problem model_not_found */
  async listPromotions(modelId: string): Promise<Promotion[]> {
    await this.models.getModel(modelId);
    return this.repository.listPromotions(this.database, modelId, N_PROMOTIONS_SHOWN);
  }

  /**
   * Lets the alias point to the version; the alias `champion` promotes it.
   * @throws Problem model_not_found, model_not_trained, conflict, bundle_invalid
   */
  async setAlias(modelId: string, alias: string, version: number): Promise<void> {
    if (alias === CHAMPION) {
      await this.promote(modelId, version);
      return;
    }
    await this.models.getVersion(modelId, version);
    const known = await this.repository.listAliases(this.database, modelId);
    if (known.length >= MAX_ALIASES && !known.some((other) => other.alias === alias)) {
      throw new Problem('conflict', `A model may have ${MAX_ALIASES} aliases; remove one first.`);
    }
    await this.#change(modelId, (client) => this.repository.setAlias(client, modelId, alias, version));
  }

  /** @throws Problem model_not_found, not_found, conflict for the champion */
  async removeAlias(modelId: string, alias: string): Promise<void> {
    await this.models.getModel(modelId);
    if (alias === CHAMPION) {
      throw new Problem(
        'conflict',
        'A trained model always has a champion; promote another version instead.',
      );
    }
    await this.#change(modelId, async (client) => {
      if (!(await this.repository.deleteAlias(client, modelId, alias))) {
        throw new Problem('not_found', 'The model has no alias of this name.');
      }
    });
  }

  /**
   * Makes the version the current one, after its bundle was opened here and gave its golden rows again. Requests are
   * answered by the old version until the new one is loaded.
   * @throws Problem model_not_found, model_not_trained, bundle_invalid; the current version stays then
   */
  async promote(modelId: string, version: number): Promise<void> {
    await this.#replay(await this.models.getVersion(modelId, version));
    await this.#change(modelId, (client, current) =>
      current === version ? Promise.resolve() : this.#swap(client, modelId, current, version, 'promoted'),
    );
  }

  /**
   * Goes back to the version that was current before; again, to the one before that.
   * @returns the version that is current now
   * @throws Problem model_not_found, model_not_trained, conflict when there is none before, bundle_invalid
   */
  async rollBack(modelId: string): Promise<number> {
    const { version } = await this.models.getVersion(modelId);
    const before = await this.repository.versionBefore(this.database, modelId);
    if (before === undefined) throw new Problem('conflict', 'No other version was current before this one.');
    await this.#replay(await this.models.getVersion(modelId, before));
    await this.#change(modelId, (client, current) => {
      if (current !== version) {
        throw new Problem('conflict', 'Another version became the current one meanwhile; look again.');
      }
      return this.#swap(client, modelId, current, before, 'rolled_back');
    });
    return before;
  }

  /** @throws Problem model_not_found, model_not_trained */
  async setTags(modelId: string, version: number, tags: VersionTags): Promise<void> {
    await this.models.getVersion(modelId, version);
    await this.repository.setTags(this.database, modelId, version, tags);
  }

  async #exampleRow(version: ModelVersion): Promise<JsonObject> {
    if (foreignFormatOf(version.algorithm) !== undefined) return this.foreign.exampleRow(version);
    const { sha256, bundleKey } = version;
    const known = this.#exampleRows.get(sha256);
    if (known !== undefined) return known;
    const { golden } = await this.opener.load(await this.store.localPath(bundleKey));
    const [row] = golden.rows as JsonObject[];
    if (this.#exampleRows.size >= MAX_EXAMPLE_ROWS) this.#exampleRows.clear();
    this.#exampleRows.set(sha256, row!);
    return row!;
  }

  /** Opens the bundle on a thread and holds its predictions against the recorded ones; then it is loaded where it is asked for. */
  async #replay(version: ModelVersion): Promise<void> {
    if (foreignFormatOf(version.algorithm) !== undefined) await this.foreign.check(version);
    else await this.opener.load(await this.store.localPath(version.bundleKey));
    await this.models.readyForPromotion(version);
  }

  #swap(
    client: DatabaseClient,
    modelId: string,
    from: number | null,
    to: number,
    reason: PromotionReason,
  ): Promise<void> {
    return this.repository.promote(client, modelId, { from, to, reason });
  }

  /** A change under the model's lock, announced when it commits. */
  async #change(
    modelId: string,
    change: (client: DatabaseClient, current: number | null) => Promise<void>,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      const current = await this.repository.lockCurrent(client, modelId);
      if (current === undefined) {
        throw new Problem('model_not_found', 'Nothing was trained or imported under this id.');
      }
      await change(client, current);
      await client.notify(MODEL_CHANGED_CHANNEL, modelId);
    });
    this.models.tellHere(modelId);
  }
}
