import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';

/** Small files that EasyML keeps beside its models: their information and the last predictions. */
@Injectable()
export class KeptFiles {
  constructor(private readonly settings: Settings) {}

  /** @param ids safe in a path, as record ids are */
  path(kind: 'infos' | 'predictions', name: string): string {
    return join(this.settings.storageDir, 'easyml', kind, name);
  }

  /** Undefined when there is none. */
  async read(path: string): Promise<string | undefined> {
    return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  async exists(path: string): Promise<boolean> {
    return stat(path).then(
      () => true,
      () => false,
    );
  }

  /** Whole or not at all; the last one stays. */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const making = `${path}.${randomUUID()}.making`;
    try {
      const handle = await open(making, 'w', 0o600);
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(making, path);
    } finally {
      await rm(making, { force: true });
    }
  }
}
