import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { DatabaseClient } from '../database/database-client.js';
import { Problem } from '../errors/problem.js';
import type { JsonObject } from '../learn/json.js';
import { CallbacksRepository, type DeliveryFilter } from './callbacks.repository.js';
import { Clock } from './clock.js';
import type { Delivery } from './delivery.js';

/** Notified in the transaction that makes a delivery due, so that it is sent at the commit and not before. */
export const CALLBACK_DUE = 'callback_due';

/** Standard Webhooks asks for less than 20 kB; a receiver may refuse more. */
const MAX_PAYLOAD_BYTES = 20_000;

/** The outbox of callbacks, for whoever has something to tell and for operators. */
@Injectable()
export class CallbacksService {
  constructor(
    private readonly repository: CallbacksRepository,
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Puts a callback into the outbox within the caller's transaction: it is sent if and only if that commits.
   * @param event.type words of a-z, A-Z, 0-9 and _ joined by dots
   * @param event.data with the body's frame, less than 20 kB of JSON
   * @returns the webhook-id
   */
  async enqueue(
    client: DatabaseClient,
    event: { readonly type: string; readonly subject: string; readonly data: JsonObject },
  ): Promise<string> {
    const id = randomUUID();
    const now = this.clock.now();
    const payload = JSON.stringify({ type: event.type, timestamp: now.toISOString(), data: event.data });
    if (Buffer.byteLength(payload) >= MAX_PAYLOAD_BYTES) throw new Error('a callback must stay below 20 kB');
    await this.repository.insert(client, {
      id,
      type: event.type,
      subject: event.subject,
      payload,
      dueAt: now,
    });
    await client.notify(CALLBACK_DUE, id);
    return id;
  }

  async list(filter: DeliveryFilter): Promise<{ deliveries: Delivery[]; next: string | null }> {
    const found = await this.repository.list({ ...filter, limit: filter.limit + 1 });
    const deliveries = found.slice(0, filter.limit);
    return { deliveries, next: found.length > filter.limit ? (deliveries.at(-1)?.id ?? null) : null };
  }

  /** @throws Problem delivery_not_found */
  async get(id: string): Promise<Delivery & { payload: string }> {
    const found = await this.repository.find(id);
    if (!found) throw notFound();
    return found;
  }

  /** Sends it once more, with the same webhook-id and the same bytes. @throws Problem delivery_not_found */
  async replay(id: string): Promise<Delivery> {
    await this.db.transaction(async (client) => {
      if (!(await this.repository.replay(client, id, this.clock.now()))) throw notFound();
      await client.notify(CALLBACK_DUE, id);
    });
    const { payload: _, ...delivery } = await this.get(id);
    return delivery;
  }
}

function notFound(): Problem {
  return new Problem('delivery_not_found', 'There is no delivery with this id.');
}
