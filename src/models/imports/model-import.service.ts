import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import { Problem } from '../../errors/problem.js';
import type { JsonObject } from '../../learn/json.js';
import { runTask } from '../../processes/run-task.js';
import { TaskFailed, TaskLost, TaskOutOfMemory, TaskTimedOut } from '../../processes/task-errors.js';
import { ObjectStore } from '../../storage/object-store.js';
import { ModelsService } from '../models.service.js';
import { receiveFile } from '../receive-file.js';
import {
  FOREIGN_ALGORITHMS,
  type ForeignFormat,
  type ForeignModel,
  type ImportChoices,
} from './foreign-model.js';
import { modelFileInvalid } from './model-file-invalid.js';

const MEDIA_TYPES = /^application\/(?:octet-stream|zip|x-zip-compressed|onnx|x-onnx)\s*(?:;|$)/i;
const ZIP_MAGIC = 'PK';
/** Each takes a process with IMPORTED_MODEL_MEMORY_MB. */
const MAX_AT_ONCE = 2;
const EXTENSIONS: Readonly<Record<ForeignFormat, string>> = { onnx: 'onnx', tfjs: 'zip' };

/** Takes in a model that another program has made: to disk, tried in a process of its own, then a new version. */
@Injectable()
export class ModelImportService {
  #nAtOnce = 0;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly models: ModelsService,
  ) {}

  /**
   * @param record the model's at the data server, which the caller may write
   * @param format undefined: by the first bytes of the file
   * @throws Problem unsupported_media_type, payload_too_large, upload_incomplete, model_file_invalid, invalid_request,
   *   too_many_requests, storage_full; the model is as it was then
   */
  async importModel(
    request: IncomingMessage,
    record: { id: string; name: string; ownerId: string },
    format: ForeignFormat | undefined,
    choices: ImportChoices,
  ): Promise<void> {
    if (!MEDIA_TYPES.test(request.headers['content-type'] ?? '')) {
      throw new Problem(
        'unsupported_media_type',
        'A model is sent as application/octet-stream (ONNX) or application/zip (TensorFlow.js).',
      );
    }
    if (this.#nAtOnce >= MAX_AT_ONCE) {
      throw new Problem('too_many_requests', `${MAX_AT_ONCE} models are being imported already.`, [], 5);
    }
    this.#nAtOnce++;
    const path = await this.store.scratchPath(`import-${randomUUID()}`);
    try {
      const { nBytes, sha256 } = await receiveFile(request, path, {
        maxBytes: this.settings.bundleMaxBytes,
        idleMs: this.settings.uploadIdleSeconds * 1000,
        noun: 'model file',
      });
      const found = format ?? (await formatOf(path));
      const model = await this.#tryOut(path, found, choices);
      await this.#commit(record, path, model, { nBytes, sha256 });
    } finally {
      this.#nAtOnce--;
      await rm(path, { force: true });
    }
  }

  async #tryOut(path: string, format: ForeignFormat, choices: ImportChoices): Promise<ForeignModel> {
    const { importedModelMemoryMb, importedModelTimeoutSeconds, bundleMaxBytes } = this.settings;
    try {
      return await runTask(
        'import',
        { path, format, choices, maxBytes: bundleMaxBytes },
        { timeoutMs: importedModelTimeoutSeconds * 1000, memoryMb: importedModelMemoryMb },
      );
    } catch (error) {
      throw asRefusal(error);
    }
  }

  async #commit(
    record: { id: string; name: string; ownerId: string },
    path: string,
    model: ForeignModel,
    file: { nBytes: number; sha256: string },
  ): Promise<void> {
    const { format, signature } = model;
    const bundleKey = `bundles/${randomUUID()}.${EXTENSIONS[format]}`;
    try {
      await this.store.putFile(bundleKey, path);
      await this.database.transaction((client) =>
        this.models.commitVersion(client, {
          modelId: record.id,
          modelName: record.name,
          ownerId: record.ownerId,
          trainingId: null,
          algorithm: FOREIGN_ALGORITHMS[format],
          task: signature.task,
          signature,
          // Plain data: it has come through JSON out of another process.
          report: { imported: { format, model: model as unknown as JsonObject } },
          bundleKey,
          ...file,
          lineage: null,
          promote: true,
          reason: 'imported',
        }),
      );
      this.models.tellHere(record.id);
    } catch (error) {
      // An answer to the commit that was lost leaves the object: a row may name it. The sweep of orphans decides.
      const isNamed = await this.models.namesBundle(bundleKey).catch(() => true);
      if (!isNamed) await this.store.delete(bundleKey);
      throw error;
    }
  }
}

/** A zip is a layers model of TensorFlow.js, anything else is left to the reader of ONNX. */
async function formatOf(path: string): Promise<ForeignFormat> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 0) throw modelFileInvalid('the file is empty');
    return buffer.toString('latin1').startsWith(ZIP_MAGIC) ? 'tfjs' : 'onnx';
  } finally {
    await file.close();
  }
}

function asRefusal(error: unknown): unknown {
  if (error instanceof TaskFailed) return error.toProblem();
  if (error instanceof TaskOutOfMemory)
    return modelFileInvalid(`it needs more than ${error.memoryMb} MiB to be tried`);
  if (error instanceof TaskTimedOut)
    return modelFileInvalid(`it takes more than ${error.timeoutMs / 1000} s to be tried`);
  if (error instanceof TaskLost) return modelFileInvalid('the process that tried it crashed');
  return error;
}
