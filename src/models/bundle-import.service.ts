import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import { translateStorageError } from '../errors/file-errors.js';
import { Problem } from '../errors/problem.js';
import { ObjectStore } from '../storage/object-store.js';
import { BundleKeys } from './bundle-keys.js';
import { BundleOpener } from './bundle-opener.js';
import { ModelsService } from './models.service.js';

/** Content-Length may lie or be absent: the bytes themselves are counted. */
const MEDIA_TYPES = /^application\/(?:zip|octet-stream|x-zip-compressed)\s*(?:;|$)/i;

/** Takes in a bundle from outside: to disk, checked on a thread, then a new version of the model. */
@Injectable()
export class BundleImportService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly keys: BundleKeys,
    private readonly opener: BundleOpener,
    private readonly models: ModelsService,
  ) {}

  /**
   * @param model the record at the data server, which the caller may write
   * @returns the new version's number
   * @throws Problem unsupported_media_type, payload_too_large, upload_incomplete, bundle_invalid, storage_full; the model
   *   is as it was then
   */
  async importBundle(
    request: IncomingMessage,
    model: { id: string; name: string; ownerId: string },
  ): Promise<number> {
    if (!MEDIA_TYPES.test(request.headers['content-type'] ?? '')) {
      throw new Problem('unsupported_media_type', 'A bundle is sent as application/zip.');
    }
    const path = await this.store.scratchPath(`import-${randomUUID()}.zip`);
    const bundleKey = `bundles/${randomUUID()}.zip`;
    try {
      const { nBytes, sha256 } = await this.#receive(request, path);
      const { manifest, signature, report, signedBy } = await this.opener.verify(
        path,
        await this.keys.trustedKeys(),
      );
      await this.store.putFile(bundleKey, path);
      const version = await this.database.transaction((client) =>
        this.models.commitVersion(client, {
          modelId: model.id,
          modelName: model.name,
          ownerId: model.ownerId,
          trainingId: null,
          algorithm: manifest.algorithm,
          task: manifest.task,
          signature,
          report: { ...report, imported: { from: manifest.model.id, signedBy } },
          bundleKey,
          nBytes,
          sha256,
          lineage: null,
          promote: true,
          reason: 'imported',
        }),
      );
      this.models.tellHere(model.id);
      return version;
    } catch (error) {
      await this.#discard(bundleKey);
      throw error;
    } finally {
      await rm(path, { force: true });
    }
  }

  /** An answer to the commit that was lost leaves the object: a row may name it. The sweep of orphans decides. */
  async #discard(bundleKey: string): Promise<void> {
    const isNamed = await this.models.namesBundle(bundleKey).catch(() => true);
    if (!isNamed) await this.store.delete(bundleKey);
  }

  async #receive(request: IncomingMessage, path: string): Promise<{ nBytes: number; sha256: string }> {
    const { bundleMaxBytes, uploadIdleSeconds } = this.settings;
    if (Number(request.headers['content-length'] ?? 0) > bundleMaxBytes) throw tooLarge(bundleMaxBytes);
    const hash = createHash('sha256');
    let nBytes = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        nBytes += chunk.length;
        hash.update(chunk);
        done(nBytes > bundleMaxBytes ? tooLarge(bundleMaxBytes) : null, chunk);
      },
    });
    // A caller that stops sending would otherwise hold the file and the connection for ever.
    request.setTimeout(uploadIdleSeconds * 1000, () => request.destroy());
    try {
      // The request stays open after a refusal: its connection carries the answer.
      await pipeline(
        request.iterator({ destroyOnReturn: false }),
        meter,
        createWriteStream(path, { mode: 0o600 }),
      );
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (request.destroyed || request.readableAborted) {
        throw new Problem('upload_incomplete', 'The connection closed before the whole bundle had come.');
      }
      throw translateStorageError(error);
    }
    return { nBytes, sha256: hash.digest('hex') };
  }
}

function tooLarge(limit: number): Problem {
  return new Problem('payload_too_large', `A bundle may have ${limit} bytes here.`);
}
