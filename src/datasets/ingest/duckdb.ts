import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { Problem } from '../../errors/problem.js';

export interface DuckdbOptions {
  readonly threads: number;
  readonly memoryMb: number;
  /** The only files it may touch. */
  readonly paths: readonly string[];
  /** A folder of its own for what does not fit into memory; without it nothing spills. */
  readonly spillDir?: string;
}

/** Text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of texts as an SQL list without brackets. */
export function literals(texts: readonly string[]): string {
  return texts.map(literal).join(', ');
}

/** A failed statement without its data. */
export class DuckdbError extends Error {
  override readonly name = 'DuckdbError';

  constructor(readonly kind: string) {
    super(`DuckDB: ${kind}`);
  }
}

function rethrowKind(error: unknown): never {
  const message = error instanceof Error ? error.message : '';
  if (/No space left|ENOSPC/i.test(message)) {
    throw new Problem('storage_full', 'There was no room to convert the file; nothing of it was kept.');
  }
  const kind = /^([A-Za-z ]{1,40}) Error:/.exec(message)?.[1] ?? 'unknown';
  if (kind === 'Out of Memory') {
    throw new Problem('payload_too_large', 'The file needs more memory than its reading may have.');
  }
  throw new DuckdbError(kind);
}

/**
 * DuckDB in memory for one piece of work on files that a stranger has sent: bounded memory and threads, no
 * extensions, no file but the named ones, and a configuration that no query can change back.
 *
 * Its error messages quote the data: only their kind ("Invalid Input") leaves this class.
 */
export class Duckdb {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(options: DuckdbOptions): Promise<Duckdb> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(options.threads),
      memory_limit: `${options.memoryMb}MiB`,
      temp_directory: options.spillDir ?? '',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`SET allowed_paths = [${literals(options.paths)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return new Duckdb(instance, connection);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql).catch(rethrowKind);
  }

  /** A small result, whole. */
  async rows(sql: string): Promise<Record<string, DuckDBValue>[]> {
    const reader = await this.connection.runAndReadAll(sql).catch(rethrowKind);
    return reader.getRowObjects();
  }

  /** A large result, chunk by chunk, in order. */
  stream(sql: string) {
    return this.connection.stream(sql).catch(rethrowKind);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
