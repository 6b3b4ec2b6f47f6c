import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import { Problem } from '../errors/problem.js';
import { ObjectStore } from '../storage/object-store.js';
import { BundleKeys } from './bundle-keys.js';
import { BundleOpener } from './bundle-opener.js';
import { ModelsService } from './models.service.js';
import { receiveFile } from './receive-file.js';

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
      const { nBytes, sha256 } = await receiveFile(request, path, {
        maxBytes: this.settings.bundleMaxBytes,
        idleMs: this.settings.uploadIdleSeconds * 1000,
        noun: 'bundle',
      });
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
}
