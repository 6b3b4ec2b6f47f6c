import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import type { JsonObject } from '../../learn/json.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { ModelVersion } from '../model-types.js';
import { ModelsService } from '../models.service.js';
import { elementsOf, type ForeignModel } from './foreign-model.js';
import { goldenValues } from './golden-values.js';
import { modelFileInvalid } from './model-file-invalid.js';
import { ModelRunner, type RunnerLimits } from './runner/model-runner.js';

/** A model that other programs have made, opened in a process of its own; retire it. */
export interface OpenedForeignModel {
  readonly model: ForeignModel;
  readonly runner: ModelRunner;
}

/** Opens versions that were imported from other programs. */
@Injectable()
export class ForeignModels {
  constructor(
    private readonly settings: Settings,
    private readonly models: ModelsService,
    private readonly store: ObjectStore,
  ) {}

  /** Opened, with its golden rows replayed. @throws Problem model_file_invalid, not_ready, process_timed_out */
  async open(version: ModelVersion): Promise<OpenedForeignModel> {
    const model = await this.describe(version);
    const runner = new ModelRunner(await this.store.localPath(version.bundleKey), model, this.limits());
    try {
      await runner.replay();
      return { model, runner };
    } catch (error) {
      runner.retire();
      throw error;
    }
  }

  /** Whether the version can be opened and still gives its golden rows. @throws as `open` */
  async check(version: ModelVersion): Promise<void> {
    (await this.open(version)).runner.retire();
  }

  async describe({ modelId, version }: ModelVersion): Promise<ForeignModel> {
    const { imported } = await this.models.getReport(modelId, version);
    const model = (imported as { model?: ForeignModel } | undefined)?.model;
    if (model === undefined) throw modelFileInvalid('its report does not say how it is served');
    return model;
  }

  /** A row of a model without columns; undefined for a model that has some. */
  async exampleTensor(
    version: ModelVersion,
  ): Promise<{ name: string; rowShape: readonly number[]; values: number[] } | undefined> {
    const { inputs, signature, golden } = await this.describe(version);
    if (signature.inputs.length > 0) return undefined;
    const [values] = goldenValues(inputs, golden.seeds.slice(-1));
    const name = inputs.tensors[0]?.name ?? 'input';
    return { name, rowShape: inputs.rowShape, values: [...(values as Float64Array)] };
  }

  /** A row that the model takes; empty for a model without columns. */
  async exampleRow(version: ModelVersion): Promise<JsonObject> {
    const { inputs, signature, golden } = await this.describe(version);
    const lists = goldenValues(inputs, golden.seeds.slice(-1));
    const isTensor = inputs.kind === 'tensor' && elementsOf(inputs.rowShape) === signature.inputs.length;
    return Object.fromEntries(
      signature.inputs.map(({ name, type }, k) => {
        const value = (isTensor ? lists[0]?.[k] : lists[k]?.[0]) ?? null;
        return [name, type === 'boolean' ? value === 1 : value];
      }),
    );
  }

  limits(): RunnerLimits {
    const { importedModelMemoryMb, importedModelTimeoutSeconds, bundleMaxBytes } = this.settings;
    return {
      memoryMb: importedModelMemoryMb,
      timeoutMs: importedModelTimeoutSeconds * 1000,
      maxBytes: bundleMaxBytes,
    };
  }
}
