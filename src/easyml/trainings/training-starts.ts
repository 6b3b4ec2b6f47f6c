import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CallbacksService } from '../../callbacks/callbacks.service.js';
import { Database } from '../../database/database.js';
import type { DatasetWithVersion } from '../../datasets/dataset-types.js';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { Problem } from '../../errors/problem.js';
import { TrainingsService } from '../../training/trainings.service.js';
import { EasymlRecords } from '../data-server/records.js';
import {
  type Arguments,
  invalidMandatory,
  invalidOptional,
  mandatoryArguments,
  missingArguments,
  optionalArguments,
} from '../model-types/check-arguments.js';
import { findModelType } from '../model-types/index.js';
import { type TranslatedTraining, translateTraining } from '../model-types/translate-training.js';
import { pandasColumns } from '../pandas-columns.js';
import { EasymlError } from '../wire/easyml-error.js';
import { invalidTypes, requireArguments } from '../wire/json-request.js';
import type { AskedModel } from './model-infos.js';

const WHAT = [
  { name: 'model_type', types: ['str'] },
  { name: 'model_id', types: ['int'] },
  { name: 'user_id', types: ['int'] },
  { name: 'data_id', types: ['int'] },
] as const;

/** Starts trainings as EasyML does: what is wrong with a value is told by the notification, not by the answer. */
@Injectable()
export class TrainingStarts {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly trainings: TrainingsService,
    private readonly records: EasymlRecords,
    private readonly callbacks: CallbacksService,
    private readonly db: Database,
  ) {}

  /** @throws EasymlError 400, 404 */
  async start(sent: Arguments): Promise<void> {
    requireArguments(WHAT, sent);
    const type = findModelType(sent['model_type'] as string);
    if (type === undefined) throw new EasymlError(400, 'Invalid model type');
    const mandatory = mandatoryArguments(type);
    const missing = missingArguments(mandatory, sent);
    if (missing.length > 0)
      throw new EasymlError(400, 'Missing mandatory arguments', { missing_args: missing });
    const invalid = [...invalidMandatory(mandatory, sent), ...invalidOptional(optionalArguments(type), sent)];
    if (invalid.length > 0) throw invalidTypes(invalid);

    const ids = {
      modelId: String(sent['model_id']),
      ownerId: String(sent['user_id']),
      datasetId: String(sent['data_id']),
    };
    const dataset = await this.#findDataset(ids.datasetId, ids.ownerId);
    if (dataset === undefined) throw new EasymlError(404, 'Data file does not exist.');
    const { asked, translated, problems } = translateTraining(type, sent);
    const { normalization_method, ...told } = asked;
    const annotations: AskedModel = {
      user_id: Number(sent['user_id']),
      model_id: Number(sent['model_id']),
      ...told,
      dataset_info: {
        id: Number(sent['data_id']),
        type: dataset.format,
        columns: pandasColumns(dataset.columns, dataset.format),
        normalization_method,
      },
    };
    if (problems.length > 0) return this.#fail(ids, problems.join(' '));
    const modelName = await this.#nameOf(ids.modelId);
    await this.#start(ids, { ...ids, modelName, ...onColumns(translated, dataset), annotations });
  }

  async #start(ids: { modelId: string; ownerId: string; datasetId: string }, body: object): Promise<void> {
    try {
      await this.trainings.start(body);
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      const sentences = error.errors.map(({ message }) => message);
      await this.#fail(ids, sentences.length > 0 ? sentences.join(' ') : error.detail);
    }
  }

  /** The training ends before it has begun; the outbox tells so. */
  async #fail(ids: { modelId: string; ownerId: string; datasetId: string }, detail: string): Promise<void> {
    await this.db.transaction((client) =>
      this.callbacks.enqueue(client, {
        type: 'training.failed',
        subject: randomUUID(),
        data: {
          ...ids,
          status: 'failed',
          error: { code: 'invalid_training', detail: detail.slice(0, 4000) },
        },
      }),
    );
  }

  async #findDataset(id: string, ownerId: string): Promise<DatasetWithVersion | undefined> {
    try {
      const dataset = await this.datasets.getVersion(id);
      return dataset.ownerId === ownerId ? dataset : undefined;
    } catch (error) {
      if (error instanceof Problem && error.code === 'dataset_not_found') return undefined;
      throw error;
    }
  }

  /** For the bundle; the data server, which waits for our answer, may be too busy to say. */
  async #nameOf(modelId: string): Promise<string> {
    const record = await this.records.model(modelId).catch(() => undefined);
    return (record?.name ?? modelId).slice(0, 255);
  }
}

/** Columns that are not there are not dropped, and every text gets one code. */
function onColumns(translated: TranslatedTraining, { columns }: DatasetWithVersion): object {
  const names = new Set(columns.map(({ name }) => name));
  const dropColumns = translated.dropColumns.filter((name) => names.has(name));
  const isInput = (name: string) => name !== translated.target && !dropColumns.includes(name);
  const coded = columns.filter(
    ({ name, type, distinctCount }) => type === 'text' && distinctCount > 0 && isInput(name),
  );
  return {
    ...translated,
    dropColumns,
    columns: Object.fromEntries(coded.map(({ name }) => [name, { encoding: 'ordinal' }])),
  };
}
