import type { ServerResponse } from 'node:http';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Database } from '../../database/database.js';
import { EventStream } from '../../http/event-stream.js';
import { type AskedModel, isFinal, type PredictionFileView, viewOf } from './prediction-file.js';
import { PREDICTION_FILE_CHANGED } from './prediction-files.repository.js';
import { PredictionFilesService } from './prediction-files.service.js';

/** Server-sent events of files of predictions; every process hears of every change through PostgreSQL. */
@Injectable()
export class PredictionFileEvents implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('prediction-files');
  readonly #watchers = new Map<string, Set<Watcher>>();
  #unlisten: (() => Promise<void>) | undefined;

  constructor(
    private readonly db: Database,
    private readonly files: PredictionFilesService,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#unlisten = await this.db.listen(PREDICTION_FILE_CHANGED, (id) => this.#changed(id), {
      onReconnect: () => {
        for (const id of this.#watchers.keys()) this.#changed(id);
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#unlisten?.();
    for (const watchers of this.#watchers.values()) for (const { stream } of watchers) stream.end();
  }

  /** Streams the states of a file until its final one. @throws Problem prediction_file_not_found */
  async stream(model: AskedModel, id: string, response: ServerResponse): Promise<void> {
    const { eventHeartbeatSeconds, predictionFilesKeptHours } = this.settings;
    const look = async () => viewOf(await this.files.get(model, id), predictionFilesKeptHours);
    const stream = new EventStream<PredictionFileView>(response, {
      event: 'prediction-file',
      heartbeatMs: eventHeartbeatSeconds * 1000,
      isFinal: ({ status }) => isFinal(status),
      // Nobody tells of a process that has died; whoever looks finds it out.
      onHeartbeat: () => this.#changed(id),
    });
    const watcher = { stream, look };
    // Registered before the first look: a change between the two would otherwise be lost.
    const watchers = this.#watchers.get(id) ?? new Set<Watcher>();
    this.#watchers.set(id, watchers.add(watcher));
    const forget = () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id);
    };
    try {
      const state = await look();
      response.once('close', forget);
      stream.open();
      stream.tell(state);
    } catch (error) {
      forget();
      throw error;
    }
  }

  #changed(id: string): void {
    for (const { stream, look } of this.#watchers.get(id) ?? []) {
      look().then(
        (state) => stream.tell(state),
        (error: unknown) => {
          this.#log.warn({ msg: 'a watched file of predictions could not be read', id, err: error });
          stream.end();
        },
      );
    }
  }
}

interface Watcher {
  readonly stream: EventStream<PredictionFileView>;
  readonly look: () => Promise<PredictionFileView>;
}
