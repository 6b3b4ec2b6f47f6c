import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../../config/settings-type.js';
import { Database } from '../../../database/database.js';
import { translateStorageError } from '../../../errors/file-errors.js';
import { Problem } from '../../../errors/problem.js';
import { ObjectStore } from '../../../storage/object-store.js';
import type { DatasetRecord } from '../../dataset-types.js';
import type { UploadQuery } from '../../datasets.dto.js';
import { tooLarge } from '../hashed-file.js';
import { pump } from '../pump.js';
import { UploadService } from '../upload.service.js';
import { bareMediaType, dialectOverrides, uploadFormat } from '../upload-format.js';
import { digestOfFirst, PartWriter, type RunningDigest } from './part-writer.js';
import type { ResumableUpload } from './resumable-upload.js';
import { byteCount, readChecksum, readMetadata } from './tus-headers.js';
import { UploadsRepository } from './uploads.repository.js';
import { Writers } from './writers.js';

const MAX_OPEN_UPLOADS = 20;
/** What a process that is killed may have to be sent again. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Uploads that can be resumed. The offset in the database is what counts: it moves when the bytes before it are on the
 * disk, never backwards, and by one writer at a time. The whole file then goes the way of every upload.
 */
@Injectable()
export class TusService {
  readonly #writers = new Writers();
  readonly #digests = new Map<string, RunningDigest>();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly repository: UploadsRepository,
    private readonly store: ObjectStore,
    private readonly uploads: UploadService,
  ) {}

  /** @throws Problem invalid_request, payload_too_large, conflict, unsupported_media_type */
  async create(
    record: DatasetRecord,
    query: UploadQuery,
    request: IncomingMessage,
  ): Promise<ResumableUpload> {
    const nBytes = byteCount(request.headers, 'upload-length');
    const metadata = readMetadata(request.headers);
    if (nBytes === 0) throw new Problem('upload_empty', 'The file holds no bytes.');
    if (nBytes > this.settings.uploadMaxBytes) throw tooLarge(this.settings.uploadMaxBytes);
    const mediaType = bareMediaType(metadata.get('filetype'));
    const fileName = query.fileName ?? metadata.get('filename')?.slice(0, 255);
    uploadFormat(mediaType, query, fileName, record.format);
    const columns = query.columns ?? metadata.get('columns');
    dialectOverrides({ ...query, ...(columns === undefined ? {} : { columns }) });
    if ((await this.repository.countOpen(this.database, record.id)) >= MAX_OPEN_UPLOADS) {
      throw new Problem(
        'conflict',
        `The data set has ${MAX_OPEN_UPLOADS} unfinished uploads; end one first.`,
      );
    }
    const id = randomUUID();
    const path = await this.store.scratchPath(`${id}.part`);
    await writeFile(path, '');
    const named = {
      ...(fileName === undefined || fileName === '' ? {} : { fileName }),
      ...(columns === undefined ? {} : { columns }),
    };
    const upload = { id, datasetId: record.id, nBytes, path, query: { ...query, ...named }, mediaType };
    return this.repository.insert(this.database, upload, this.settings.uploadExpirySeconds);
  }

  /** Where to go on. A writer whose connection is dead but not buried is ended first. @throws Problem upload_not_found, upload_expired */
  async find(datasetId: string, id: string): Promise<ResumableUpload> {
    await this.#writers.end(id);
    return this.#find(datasetId, id);
  }

  /**
   * Takes the body as the next part; with the last byte, the file becomes the data set's new version. A part of no
   * bytes at the end tries that again when it failed for want of room or time.
   * @throws Problem upload_offset_mismatch, checksum_mismatch, payload_too_large, upload_incomplete, and those of an upload
   */
  append(record: DatasetRecord, id: string, request: IncomingMessage): Promise<ResumableUpload> {
    return this.#writers.run(id, async (signal) => {
      const upload = await this.#find(record.id, id);
      if (byteCount(request.headers, 'upload-offset') !== upload.nReceived) {
        throw new Problem('upload_offset_mismatch', `The next byte to send is number ${upload.nReceived}.`);
      }
      if (upload.completedVersion !== null) return upload;
      const received = await this.#receive(upload, request, signal);
      return received.nReceived === received.nBytes ? this.#finish(record, received) : received;
    });
  }

  /** Within a creation: there is no offset to compare. */
  appendFirst(
    record: DatasetRecord,
    upload: ResumableUpload,
    request: IncomingMessage,
  ): Promise<ResumableUpload> {
    return this.#writers.run(upload.id, async (signal) => {
      const received = await this.#receive(upload, request, signal);
      return received.nReceived === received.nBytes ? this.#finish(record, received) : received;
    });
  }

  /** @throws Problem upload_not_found, upload_expired */
  async terminate(datasetId: string, id: string): Promise<void> {
    const upload = await this.find(datasetId, id);
    await this.#forget(upload);
  }

  async #find(datasetId: string, id: string): Promise<ResumableUpload> {
    const upload = UUID.test(id) ? await this.repository.find(this.database, datasetId, id) : undefined;
    if (upload === undefined) throw new Problem('upload_not_found', 'The data set has no upload of this id.');
    if (upload.isExpired) throw new Problem('upload_expired', 'Nothing was sent for too long; start again.');
    return upload;
  }

  async #receive(
    upload: ResumableUpload,
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<ResumableUpload> {
    const promised = readChecksum(request.headers);
    const writer = await PartWriter.open(upload.path, await this.#digestOf(upload), promised);
    let current = upload;
    const keep = async () => {
      await writer.sync();
      current = await this.#advance(current, writer.digest);
    };
    try {
      await pump(
        request,
        this.settings.uploadIdleSeconds * 1000,
        async (chunk) => {
          if (writer.digest.nBytes + chunk.length > upload.nBytes) throw tooLarge(upload.nBytes);
          await writer.write(chunk);
          const isFar = writer.digest.nBytes - current.nReceived >= CHECKPOINT_BYTES;
          if (promised === undefined && isFar) await keep();
        },
        signal,
      );
      if (!writer.isAsPromised()) {
        throw new Problem('checksum_mismatch', 'The part is not what its checksum says; send it again.');
      }
      await keep();
      return current;
    } catch (error) {
      // What arrived before the connection was lost is kept, unless only the whole part could have been checked.
      const isCutOff = error instanceof Problem && error.code === 'upload_incomplete';
      if (isCutOff && promised === undefined) await keep();
      throw translateStorageError(error);
    } finally {
      await writer.close();
    }
  }

  async #digestOf({ id, path, nReceived }: ResumableUpload): Promise<RunningDigest> {
    const known = this.#digests.get(id);
    return known?.nBytes === nReceived ? known : digestOfFirst(path, nReceived);
  }

  async #advance(upload: ResumableUpload, digest: RunningDigest): Promise<ResumableUpload> {
    const { uploadExpirySeconds } = this.settings;
    const advanced = await this.repository.advance(this.database, upload, digest.nBytes, uploadExpirySeconds);
    if (advanced === undefined) {
      throw new Problem('upload_offset_mismatch', 'Another request has gone on with this upload.');
    }
    this.#digests.set(upload.id, { hash: digest.hash.copy(), nBytes: digest.nBytes });
    return advanced;
  }

  async #finish(record: DatasetRecord, upload: ResumableUpload): Promise<ResumableUpload> {
    const { path, nBytes, query, mediaType } = upload;
    const { hash } = await this.#digestOf(upload);
    const file = { path, nBytes, sha256: hash.copy().digest('hex') };
    try {
      const dataset = await this.uploads.takeIn(record, query, file, mediaType ?? '');
      await this.repository.complete(this.database, upload.id, dataset.current.version);
      this.#digests.delete(upload.id);
      return { ...upload, completedVersion: dataset.current.version };
    } catch (error) {
      // The same bytes would be refused again; what failed here may be tried again.
      if (error instanceof Problem && error.status < 500) await this.#forget(upload);
      throw error;
    }
  }

  async #forget({ id, path }: ResumableUpload): Promise<void> {
    this.#digests.delete(id);
    await this.repository.delete(this.database, id);
    await rm(path, { force: true });
  }
}
