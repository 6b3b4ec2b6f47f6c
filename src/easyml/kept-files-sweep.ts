import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RECORD_ID } from '../data-server/client/data-server.js';
import { Database } from '../database/database.js';
import { MODEL_CHANGED_CHANNEL, ModelsService } from '../models/models.service.js';
import { KeptFiles } from './kept-files.js';

/** What is kept beside a model goes with it; what was missed while nobody listened goes at the next start. */
@Injectable()
export class KeptFilesSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('easyml');
  #unlisten: (() => Promise<void>) | undefined;

  constructor(
    private readonly db: Database,
    private readonly models: ModelsService,
    private readonly files: KeptFiles,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const sweepAll = () => void this.#sweepAll();
    this.#unlisten = await this.db.listen(MODEL_CHANGED_CHANNEL, (id) => void this.#sweep(id), {
      onReconnect: sweepAll,
    });
    sweepAll();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#unlisten?.();
  }

  async #sweepAll(): Promise<void> {
    for (const id of await this.files.models()) await this.#sweep(id);
  }

  async #sweep(id: string): Promise<void> {
    try {
      if (RECORD_ID.test(id) && (await this.models.findModel(id)) === undefined)
        await this.files.deleteModel(id);
    } catch (error) {
      this.#log.warn({ msg: 'files of a deleted model stay behind', id, err: error });
    }
  }
}
