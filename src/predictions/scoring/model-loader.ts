import { Injectable } from '@nestjs/common';
import { restorePipeline } from '../../models/bundle/open-bundle.js';
import { BundleOpener } from '../../models/bundle-opener.js';
import { foreignFormatOf } from '../../models/imports/foreign-model.js';
import { ForeignModels } from '../../models/imports/foreign-models.service.js';
import type { ModelVersion } from '../../models/model-types.js';
import { ObjectStore } from '../../storage/object-store.js';
import { LoadedModel } from './loaded-model.js';
import { ServedForeignModel } from './served-foreign-model.js';
import { ServedPipeline } from './served-pipeline.js';

/** What a process with a runtime and nothing in it takes. */
const RUNNER_BYTES = 64 * 1024 ** 2;
/** A model in memory beside its file: its weights once as they were read, once as the runtime lays them out. */
const RUNNER_BYTES_PER_FILE_BYTE = 3;

/** Makes a model ready to answer. Models of another kind than our bundles are told apart here. */
@Injectable()
export class ModelLoader {
  constructor(
    private readonly opener: BundleOpener,
    private readonly store: ObjectStore,
    private readonly foreign: ForeignModels,
  ) {}

  /** @throws Problem bundle_invalid, model_file_invalid, not_ready, process_timed_out */
  async load(version: ModelVersion): Promise<LoadedModel> {
    if (foreignFormatOf(version.algorithm) !== undefined) return this.#loadForeign(version);
    const files = await this.opener.load(await this.store.localPath(version.bundleKey));
    const pipeline = new ServedPipeline(restorePipeline(files));
    return new LoadedModel(version.modelId, version.version, pipeline, files.nBytes);
  }

  async #loadForeign(version: ModelVersion): Promise<LoadedModel> {
    const served = new ServedForeignModel(await this.foreign.open(version));
    const nBytes = RUNNER_BYTES + RUNNER_BYTES_PER_FILE_BYTE * version.nBytes;
    return new LoadedModel(version.modelId, version.version, served, nBytes);
  }
}
