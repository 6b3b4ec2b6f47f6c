import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';

/** What EasyML keeps beside its models, a folder for each: their information and the last predictions. */
@Injectable()
export class KeptFiles {
  constructor(private readonly settings: Settings) {}

  /** @param modelId and name are safe in a path, as record ids are */
  path(modelId: string, name: string): string {
    return join(this.#folder(modelId), name);
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
  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const making = makingOf(path);
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

  /** A path beside `path` for a file that is being made; `keep` puts it in its place. */
  async making(path: string): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    return makingOf(path);
  }

  /** The last one stays, also for those who read it now. */
  async keep(making: string, path: string): Promise<void> {
    await rename(making, path);
  }

  /** The models that have files. */
  models(): Promise<string[]> {
    return readdir(join(this.settings.storageDir, 'easyml')).catch(() => []);
  }

  async deleteModel(modelId: string): Promise<void> {
    await rm(this.#folder(modelId), { recursive: true, force: true });
  }

  #folder(modelId: string): string {
    return join(this.settings.storageDir, 'easyml', basename(modelId));
  }
}

function makingOf(path: string): string {
  return `${path}.${randomUUID()}.making`;
}
