/**
 * What a repository needs of the database. `Database` is one, and so is what `transaction` hands to its callback:
 * a repository method that takes a DatabaseClient can run inside its caller's transaction.
 *
 * `bigint` columns come back as numbers (all of ours stay below 2^53), `jsonb` as parsed values, `timestamptz` as Date.
 */
export interface DatabaseClient {
  /** Every row. */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** The first row, or undefined. */
  one<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row | undefined>;
  /** How many rows it changed. */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
  /** Tells every listener on the channel; inside a transaction at its commit. The payload stays below 8000 bytes. */
  notify(channel: string, payload: string): Promise<void>;
}
