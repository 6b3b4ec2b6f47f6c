import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import { receiveFile } from '../../datasets/upload/receive-file.js';
import {
  bareMediaType,
  dialectOverrides,
  refuseOtherEncodings,
  uploadFormat,
} from '../../datasets/upload/upload-format.js';
import { Problem } from '../../errors/problem.js';
import { ModelsService } from '../../models/models.service.js';
import { choiceOf } from '../../models/registry/version-choice.js';
import { ObjectStore } from '../../storage/object-store.js';
import { FilePlaces } from './file-places.js';
import { type AskedModel, isFinal, type PredictionFile } from './prediction-file.js';
import { makeFolder } from './prediction-file-runner.js';
import type { PredictionFileQuery } from './prediction-files.dto.js';
import { PredictionFilesRepository } from './prediction-files.repository.js';
import { LEASE_SECONDS, RunningFiles } from './running-files.js';

/** Files of rows that are predicted as a whole. */
@Injectable()
export class PredictionFilesService {
  readonly #log = new Logger('prediction-files');

  constructor(
    private readonly settings: Settings,
    private readonly db: Database,
    private readonly repository: PredictionFilesRepository,
    private readonly models: ModelsService,
    private readonly store: ObjectStore,
    private readonly places: FilePlaces,
    private readonly running: RunningFiles,
  ) {}

  /**
   * Receives the body and begins to predict it; what is wrong with its content is told by the file's state.
   * @throws Problem too_many_requests before anything is read; model_not_trained, payload_too_large, upload_incomplete,
   *   upload_empty, digest_mismatch, unsupported_media_type, invalid_request, storage_full
   */
  async start(
    model: AskedModel,
    query: PredictionFileQuery,
    request: IncomingMessage,
  ): Promise<PredictionFile> {
    const release = this.places.take();
    let folder: string | undefined;
    try {
      refuseOtherEncodings(request.headers);
      const contentType = bareMediaType(request.headers['content-type']);
      uploadFormat(contentType, query, query.fileName, undefined);
      const overrides = dialectOverrides(query);
      const version = await this.models.getChosen(model.id, choiceOf(query.version));
      folder = await makeFolder(this.store);
      const received = await receiveFile(request, join(folder, 'source'), {
        maxBytes: this.settings.uploadMaxBytes,
        idleMs: this.settings.uploadIdleSeconds * 1000,
      });
      const mediaType =
        contentType === 'multipart/form-data' ? bareMediaType(received.mediaType) : contentType;
      const fileName = query.fileName ?? received.fileName;
      const format = uploadFormat(mediaType, query, fileName, undefined);
      const id = randomUUID();
      const { onRowProblem = 'keep' } = query;
      const row = {
        id,
        modelId: model.id,
        modelVersion: version.version,
        callerId: model.callerId ?? null,
        fileName: fileName ?? null,
        nBytes: received.nBytes,
        onRowProblem,
      };
      if (!(await this.repository.insert(this.db, row, LEASE_SECONDS))) {
        throw new Problem('model_not_trained', 'The model was deleted meanwhile.');
      }
      const file = await this.get(model, id);
      this.running.add({ ...row, version, folder, format, overrides }, release);
      return file;
    } catch (error) {
      release();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @throws Problem prediction_file_not_found, also for those that somebody else has sent */
  async get(model: AskedModel, id: string): Promise<PredictionFile> {
    const file = await this.repository.find(this.db, model.id, id);
    if (file === undefined || !isFor(file, model)) throw predictionFileNotFound();
    return file;
  }

  /**
   * Ends a file that is under way, or removes one that has ended.
   * @returns the canceled one; undefined where it was removed
   * @throws Problem prediction_file_not_found
   */
  async cancelOrRemove(model: AskedModel, id: string): Promise<PredictionFile | undefined> {
    const file = await this.get(model, id);
    if (!isFinal(file.status) && (await this.repository.end(this.db, id, { status: 'canceled' }))) {
      await this.running.stop(id);
      return this.get(model, id);
    }
    for (const key of await this.repository.delete(this.db, id)) {
      // What stays behind is an orphan, and orphans are swept.
      await this.store.delete(key).catch((error: unknown) => {
        this.#log.warn({ msg: 'a file of predictions stays behind', key, err: error });
      });
    }
    return undefined;
  }
}

export function predictionFileNotFound(): Problem {
  return new Problem('prediction_file_not_found', 'The model has no file of predictions of this id.');
}

/** The rows are the caller's: the model's owner, and whoever sent them, may see them. */
function isFor({ callerId }: PredictionFile, { callerId: asking, ownerId }: AskedModel): boolean {
  return callerId === null || asking === undefined || asking === callerId || asking === ownerId;
}
