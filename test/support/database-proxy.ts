import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The network between the service and its database, which can lose the answer to a commit. */
export class DatabaseProxy {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #armedBy: string | undefined;

  private constructor(private readonly target: URL) {
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(databaseUrl: string): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(new URL(databaseUrl));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The database's address through this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** The next transaction that holds the statement is committed, and nobody hears of it. */
  loseAnswerToCommitAfter(statement: string): void {
    this.#armedBy = statement;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const database = connect(Number(this.target.port || 5432), this.target.hostname);
    let isTransaction = false;
    let isLost = false;
    client.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      if (this.#armedBy !== undefined && text.includes(this.#armedBy)) isTransaction = true;
      if (isTransaction && text.includes('commit')) {
        isLost = true;
        this.#armedBy = undefined;
      }
      database.write(bytes);
    });
    database.on('data', (bytes: Buffer) => {
      if (isLost) client.destroy();
      else client.write(bytes);
    });
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
  }
}
