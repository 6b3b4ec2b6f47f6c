import { Injectable } from '@nestjs/common';
import { restorePipeline } from '../../models/bundle/open-bundle.js';
import { BundleOpener } from '../../models/bundle-opener.js';
import type { ModelVersion } from '../../models/model-types.js';
import { ObjectStore } from '../../storage/object-store.js';
import { LoadedModel } from './loaded-model.js';
import { ServedPipeline } from './served-pipeline.js';

/** Makes a model ready to answer. Models of another kind than our bundles are told apart here. */
@Injectable()
export class ModelLoader {
  constructor(
    private readonly opener: BundleOpener,
    private readonly store: ObjectStore,
  ) {}

  /** @throws Problem bundle_invalid */
  async load({ modelId, version, bundleKey }: ModelVersion): Promise<LoadedModel> {
    const files = await this.opener.load(await this.store.localPath(bundleKey));
    return new LoadedModel(modelId, version, new ServedPipeline(restorePipeline(files)), files.nBytes);
  }
}
