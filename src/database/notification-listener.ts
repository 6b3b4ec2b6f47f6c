import type { Client } from 'pg';
import type { DatabaseLog } from './database-log.js';

export interface ListenerOptions {
  /** Called after the connection was lost and made again: notifications in between did not arrive. */
  readonly onReconnect?: () => void;
}

interface Subscription extends ListenerOptions {
  readonly handler: (payload: string) => void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** One connection of its own for LISTEN: a pool would hand it to somebody else, and would not tell of its loss. */
export class NotificationListener {
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  #client: Promise<Client> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly makeClient: () => Client,
    private readonly log: DatabaseLog,
  ) {}

  async listen(
    channel: string,
    handler: (payload: string) => void,
    options: ListenerOptions,
  ): Promise<() => Promise<void>> {
    // A channel is an SQL identifier and cannot be a parameter.
    if (!/^[a-z][a-z0-9_]*$/.test(channel)) throw new Error('a channel is named by a-z, 0-9 and _');
    const subscription: Subscription = { handler, ...options };
    const known = this.#subscriptions.get(channel);
    if (known) known.add(subscription);
    else this.#subscriptions.set(channel, new Set([subscription]));
    const client = await this.#connected();
    // Listening twice is harmless, and whoever comes second must not return before the first LISTEN has been answered.
    await client.query(`listen ${channel}`);
    return async () => {
      const subscriptions = this.#subscriptions.get(channel);
      subscriptions?.delete(subscription);
      if (subscriptions?.size !== 0) return;
      this.#subscriptions.delete(channel);
      if (this.#closed) return;
      // When the connection is away there is nothing to take back: the next one listens to what is left.
      await (await this.#client)?.query(`unlisten ${channel}`).catch(() => undefined);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const client = this.makeClient();
    let lost = false;
    const onLost = (error: Error) => {
      if (lost || this.#closed) return;
      lost = true;
      this.#client = undefined;
      this.log('the listening database connection was lost', error);
      this.#reconnect(FIRST_RETRY_MS);
    };
    client.on('notification', ({ channel, payload }) => {
      for (const { handler } of this.#subscriptions.get(channel) ?? []) handler(payload ?? '');
    });
    client.on('error', onLost);
    client.on('end', () => onLost(new Error('the server closed the connection')));
    try {
      await client.connect();
      for (const channel of this.#subscriptions.keys()) await client.query(`listen ${channel}`);
    } catch (error) {
      lost = true;
      this.#client = undefined;
      await client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  #reconnect(delayMs: number): void {
    this.#retryTimer = setTimeout(() => {
      this.#connected().then(
        () => this.#tellOfReconnect(),
        () => {
          if (!this.#closed) this.#reconnect(Math.min(delayMs * 2, LAST_RETRY_MS));
        },
      );
    }, delayMs);
    this.#retryTimer.unref();
  }

  #tellOfReconnect(): void {
    for (const subscriptions of this.#subscriptions.values()) {
      for (const { onReconnect } of subscriptions) onReconnect?.();
    }
  }
}
