import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { detectFormat } from '../datasets/formats/formats.js';
import { detectContainer, firstBytes } from '../datasets/ingest/containers.js';
import type { DatasetFormat } from '../datasets/ingest/ingest-types.js';
import { type ReceivedFile, receiveFile } from '../datasets/upload/receive-file.js';
import { Problem } from '../errors/problem.js';
import { ObjectStore } from '../storage/object-store.js';
import { EXTENSIONS } from './pandas-columns.js';

const HEAD_BYTES = 64 * 1024;

/** Takes files of raw bytes out of requests. */
@Injectable()
export class ReceivedTables {
  constructor(
    private readonly settings: Settings,
    private readonly store: ObjectStore,
  ) {}

  /**
   * Receives the body and looks whether it is a file of this format; it is gone when `use` has ended.
   * @throws Problem dataset_unreadable for another format, upload_empty, payload_too_large, upload_incomplete
   */
  async receive<T>(
    request: IncomingMessage,
    format: DatasetFormat,
    use: (file: ReceivedFile) => Promise<T>,
  ): Promise<T> {
    const path = await this.store.scratchPath(`${randomUUID()}.easyml`);
    try {
      const file = await receiveFile(request, path, {
        maxBytes: this.settings.uploadMaxBytes,
        idleMs: this.settings.uploadIdleSeconds * 1000,
      });
      await requireFormat(path, format);
      return await use(file);
    } finally {
      await rm(path, { force: true });
    }
  }
}

async function requireFormat(path: string, format: DatasetFormat): Promise<void> {
  const head = await firstBytes(path, HEAD_BYTES);
  const found = detectFormat(head, await detectContainer(path), format);
  const type = Object.values(EXTENSIONS).find((formats) => formats.includes(format)) ?? [];
  // One object on one line may be lines of JSON as well; JSON of the layout `split` is always one object.
  const isSplit = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()
    .startsWith('{');
  if (!type.includes(found) || (format === 'json' && !isSplit)) {
    throw new Problem('dataset_unreadable', 'The file is of another format than its ending says.');
  }
}

/** What says that the file itself is at fault. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Problem && ['dataset_unreadable', 'upload_empty'].includes(error.code);
}
