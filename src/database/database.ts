import pg from 'pg';
import type { DatabaseClient } from './database-client.js';
import type { DatabaseLog } from './database-log.js';
import { type ListenerOptions, NotificationListener } from './notification-listener.js';

const INT8_OID = 20;

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly log: DatabaseLog;
}

/** The service's way to PostgreSQL: one pool, transactions, and one connection that listens. */
export class Database implements DatabaseClient {
  readonly #pool: pg.Pool;
  readonly #session: Session;
  readonly #listener: NotificationListener;

  constructor(options: DatabaseOptions) {
    const config: pg.PoolConfig = {
      connectionString: options.url,
      max: options.poolSize,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      application_name: 'trainyard',
      types: { getTypeParser: parserOf },
    };
    this.#pool = new pg.Pool(config);
    // An unheard 'error' of an idle connection would end the process; the pool replaces the connection by itself.
    this.#pool.on('error', (error) => {
      if (!this.#pool.ending) options.log('an idle database connection was lost', error);
    });
    this.#session = new Session(this.#pool);
    this.#listener = new NotificationListener(() => new pg.Client({ ...config }), options.log);
  }

  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#session.query<Row>(sql, parameters);
  }

  one<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row | undefined> {
    return this.#session.one<Row>(sql, parameters);
  }

  execute(sql: string, parameters?: readonly unknown[]): Promise<number> {
    return this.#session.execute(sql, parameters);
  }

  notify(channel: string, payload: string): Promise<void> {
    return this.#session.notify(channel, payload);
  }

  /** Runs `work` in one transaction on one connection; commits when it resolves, rolls back when it throws. */
  async transaction<Result>(work: (client: DatabaseClient) => Promise<Result>): Promise<Result> {
    const connection = await this.#pool.connect();
    let broken: Error | undefined;
    // A checked-out connection reports its loss here as well as through the failing query.
    const onError = (error: Error) => {
      broken = error;
    };
    connection.on('error', onError);
    try {
      await connection.query('begin');
      const result = await work(new Session(connection));
      await connection.query('commit');
      return result;
    } catch (error) {
      await connection.query('rollback').catch((rollbackError: Error) => {
        broken = rollbackError;
      });
      throw error;
    } finally {
      connection.off('error', onError);
      connection.release(broken);
    }
  }

  /**
   * Calls `handler` with every payload sent to the channel from now on. The one listening connection is opened at the
   * first call and reopened when it is lost; `onReconnect` is then called, because what was sent meanwhile is lost.
   * Returns the way to stop.
   */
  listen(
    channel: string,
    handler: (payload: string) => void,
    options: ListenerOptions = {},
  ): Promise<() => Promise<void>> {
    return this.#listener.listen(channel, handler, options);
  }

  /** Waits for running queries and closes every connection. */
  async close(): Promise<void> {
    await this.#listener.close();
    await this.#pool.end();
  }
}

/** The four verbs over a pool or over one connection. */
class Session implements DatabaseClient {
  constructor(private readonly source: pg.Pool | pg.PoolClient) {}

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.source.query(sql, [...parameters]);
    return result.rows as Row[];
  }

  async one<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row | undefined> {
    const rows = await this.query<Row>(sql, parameters);
    return rows[0];
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const result = await this.source.query(sql, [...parameters]);
    return result.rowCount ?? 0;
  }

  async notify(channel: string, payload: string): Promise<void> {
    await this.source.query('select pg_notify($1, $2)', [channel, payload]);
  }
}

function parserOf(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8_OID && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
