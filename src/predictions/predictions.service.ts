import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { restorePipeline } from '../models/bundle/open-bundle.js';
import { BundleOpener } from '../models/bundle-opener.js';
import type { ModelVersion } from '../models/model-types.js';
import { ObjectStore } from '../storage/object-store.js';
import { CurrentVersions } from './current-versions.js';
import { LoadedModel } from './loaded-model.js';
import { ModelCache } from './model-cache.js';
import { PredictionPool } from './prediction-pool.js';
import { parsePredictionRequest } from './prediction-request.js';

/** Parsing this much JSON takes about half a millisecond; what is longer goes to a thread unread. */
const INLINE_BODY_BYTES = 64 * 1024;

/** Rows in, labels out. */
@Injectable()
export class PredictionsService {
  /** The other half of the budget belongs to the threads. */
  readonly #cache: ModelCache<LoadedModel>;

  constructor(
    private readonly settings: Settings,
    private readonly versions: CurrentVersions,
    private readonly opener: BundleOpener,
    private readonly store: ObjectStore,
    private readonly pool: PredictionPool,
  ) {
    this.#cache = new ModelCache(Math.floor(settings.modelCacheBytes / 2));
  }

  /**
   * Predicts the rows of a request's body with the current version of the model.
   * @returns the JSON of the reply
   * @throws Problem model_not_trained, invalid_json, invalid_request, invalid_rows, payload_too_large, …
   */
  predict(modelId: string, body: Uint8Array): string | Promise<string> {
    const version = this.versions.peek(modelId);
    const model = version && this.#cache.peek(version);
    // The usual case, without a turn of the event loop: the model is there and the request is small.
    if (version && model && body.length <= INLINE_BODY_BYTES) return this.#predictSmall(version, model, body);
    return this.#predictAny(modelId, body);
  }

  async #predictAny(modelId: string, body: Uint8Array): Promise<string> {
    const version = await this.versions.get(modelId);
    if (body.length > INLINE_BODY_BYTES) return this.#predictOnThread(version, body);
    const model = await this.#cache.get(version, () => this.#load(version));
    return this.#predictSmall(version, model, body);
  }

  #predictSmall(version: ModelVersion, model: LoadedModel, body: Uint8Array): string | Promise<string> {
    const rows = parsePredictionRequest(body, this.settings.predictMaxRows);
    return model.isQuick(rows.length) ? model.predict(rows) : this.#predictOnThread(version, body);
  }

  async #predictOnThread(
    { modelId, version, sha256, bundleKey }: ModelVersion,
    body: Uint8Array,
  ): Promise<string> {
    const key = { modelId, version, sha256 };
    const bundlePath = await this.store.localPath(bundleKey);
    return this.pool.predict({ key, bundlePath, body, maxRows: this.settings.predictMaxRows });
  }

  async #load({ modelId, version, bundleKey }: ModelVersion): Promise<LoadedModel> {
    const files = await this.opener.load(await this.store.localPath(bundleKey));
    return new LoadedModel(modelId, version, restorePipeline(files), files.nBytes);
  }
}
