import type { ServerResponse } from 'node:http';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { Database } from '../database/database.js';
import { EventStream } from '../http/event-stream.js';
import type { Training } from './training.js';
import { TRAINING_CHANGED } from './training-channels.js';
import { FINAL_STATUSES } from './training-spec.js';
import { TrainingsService } from './trainings.service.js';

/**
 * Server-sent events of trainings. Every process hears of every change through PostgreSQL, so a client may watch at
 * any of them. An event is the whole Training: a client that missed some, or sends Last-Event-ID, has missed nothing.
 */
@Injectable()
export class TrainingEvents implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('training-events');
  readonly #watchers = new Map<string, Set<EventStream<Training>>>();
  #unlisten: (() => Promise<void>) | undefined;

  constructor(
    private readonly db: Database,
    private readonly trainings: TrainingsService,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#unlisten = await this.db.listen(TRAINING_CHANGED, (id) => this.#changed(id), {
      onReconnect: () => {
        for (const id of this.#watchers.keys()) this.#changed(id);
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#unlisten?.();
    for (const watchers of this.#watchers.values()) for (const watcher of watchers) watcher.end();
  }

  /** Streams the training's states to the response until its final one. @throws Problem training_not_found */
  async stream(id: string, response: ServerResponse): Promise<void> {
    const watcher = new EventStream<Training>(response, {
      event: 'training',
      heartbeatMs: this.settings.eventHeartbeatSeconds * 1000,
      isFinal: ({ status }) => (FINAL_STATUSES as readonly string[]).includes(status),
    });
    // Registered before the first look: a change between the two would otherwise be lost.
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(watcher));
    const forget = () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id);
    };
    try {
      const training = await this.trainings.get(id);
      response.once('close', forget);
      watcher.open();
      watcher.tell(training);
    } catch (error) {
      forget();
      throw error;
    }
  }

  #changed(id: string): void {
    const watchers = this.#watchers.get(id);
    if (!watchers) return;
    this.trainings.get(id).then(
      (training) => {
        for (const watcher of watchers) watcher.tell(training);
      },
      (error: unknown) => this.#log.warn({ msg: 'a watched training could not be read', id, err: error }),
    );
  }
}
