import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { DatasetFormat } from '../../datasets/ingest/ingest-types.js';
import { mediaTypeOf } from '../../datasets/upload/upload-format.js';
import { Problem } from '../../errors/problem.js';
import type { DownloadableObject } from '../../http/send-object.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { PredictionFile } from './prediction-file.js';
import { makeFolder } from './prediction-file-runner.js';
import { PredictionFilesRepository, type StoredContent, TABLE_FORM } from './prediction-files.repository.js';
import { predictionFileNotFound } from './prediction-files.service.js';
import { TablePredictor } from './table-predictor.js';

/** What can be downloaded: the format of the file that was sent is there, others are made when they are first asked for. */
@Injectable()
export class PredictionContents {
  /** By file and form: who asks meanwhile waits for the same one. */
  readonly #making = new Map<string, Promise<StoredContent>>();

  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly repository: PredictionFilesRepository,
    private readonly predictor: TablePredictor,
  ) {}

  /** @throws Problem conflict while there is nothing to give; payload_too_large, process_timed_out, storage_full */
  async find(
    file: PredictionFile,
    format: DatasetFormat = file.format ?? 'csv',
  ): Promise<DownloadableObject> {
    if (file.status !== 'succeeded' || file.result === null) {
      throw new Problem(
        'conflict',
        `The file is ${file.status}; there are predictions once it has succeeded.`,
      );
    }
    const content =
      (await this.repository.findContent(this.db, file.id, format)) ?? (await this.#makeOnce(file, format));
    const unpacked = (file.fileName ?? 'rows').replace(/\.(?:gz|zst|zip)$/i, '');
    const stem = unpacked.replace(/\.[A-Za-z0-9]{1,8}$/, '');
    return {
      ...content,
      fileName: `${stem}_predicted.${format}`,
      mediaType: mediaTypeOf(format, { compression: 'none' }),
    };
  }

  #makeOnce(file: PredictionFile, format: DatasetFormat): Promise<StoredContent> {
    const place = `${file.id} ${format}`;
    const running = this.#making.get(place);
    if (running !== undefined) return running;
    const making = this.#make(file, format).finally(() => this.#making.delete(place));
    this.#making.set(place, making);
    return making;
  }

  async #make({ id, result, layout }: PredictionFile, format: DatasetFormat): Promise<StoredContent> {
    const table = await this.repository.findContent(this.db, id, TABLE_FORM);
    if (table === undefined) throw predictionFileNotFound();
    const folder = await makeFolder(this.store);
    try {
      const outputPath = join(folder, 'content');
      const made = await this.predictor.write({
        tablePath: await this.store.localPath(table.key),
        columns: result!.columns.map((column, index) => ({ ...column, index })),
        format,
        layout: layout ?? 'records',
        style: 'plain',
        outputPath,
      });
      const content = { key: `prediction-files/${randomUUID()}.${format}`, ...made };
      await this.store.putFile(content.key, outputPath);
      if (await this.repository.addContent(this.db, id, format, content)) return content;
      // Another process was faster, or the file has gone.
      await this.store.delete(content.key);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const other = await this.repository.findContent(this.db, id, format);
    if (other === undefined) throw predictionFileNotFound();
    return other;
  }
}
