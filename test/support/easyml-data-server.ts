import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EasymlNotification {
  readonly modelId: number;
  readonly status: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
  readonly extra: any;
}

interface Row {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly owner: number;
}

/** The part of EasyML's data server that its machine-learning server meets: the login, the internal API, notifications. */
export class EasymlDataServer {
  readonly username = 'ml';
  readonly password = randomBytes(12).toString('hex');
  readonly notifications: EasymlNotification[] = [];
  readonly datasets = new Map<number, Row>();
  readonly models = new Map<number, Row>();
  /** Statuses for the next notifications; 200 once they are used up. */
  readonly notifyStatuses: number[] = [];
  nLogins = 0;
  privilegedToken = '';
  readonly #users = new Map<string, number>();
  #nextId = 1;
  readonly #waiting = new Set<() => void>();
  readonly #server: Server = createServer((request, response) => this.#take(request, response));

  static async start(): Promise<EasymlDataServer> {
    const server = new EasymlDataServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  newUser(): { id: number; token: string } {
    const user = { id: this.#nextId++, token: randomBytes(12).toString('hex') };
    this.#users.set(user.token, user.id);
    return user;
  }

  newDataset(owner: number, type = 'csv'): number {
    const id = this.#nextId++;
    this.datasets.set(id, { id, name: `Data ${id}`, type, owner });
    return id;
  }

  newModel(owner: number, type: string, name = `Model ${type}`): number {
    const id = this.#nextId++;
    this.models.set(id, { id, name, type, owner });
    return id;
  }

  /** The account's token is replaced: the old one is refused from now on. */
  replaceToken(): void {
    this.privilegedToken = randomBytes(12).toString('hex');
  }

  /** The first notification of the model that was taken. */
  async notified(modelId: number): Promise<EasymlNotification> {
    for (;;) {
      const found = this.notifications.find((notification) => notification.modelId === modelId);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const [status, body] = this.#answer(request, text === '' ? undefined : JSON.parse(text));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  #answer({ method, url = '', headers }: IncomingMessage, body: Record<string, unknown>): [number, object] {
    if (method === 'POST' && url === '/api/login/') return this.#login(body);
    if (this.privilegedToken === '' || headers.authorization !== `Bearer ${this.privilegedToken}`) {
      return [401, { detail: 'Invalid token.' }];
    }
    const [, kind, key = ''] = /^\/api\/ml\/([a-z-]+)\/([^/]+)\/$/.exec(url) ?? [];
    const notFound: [number, object] = [404, { detail: 'Not found.' }];
    if (method === 'GET' && kind === 'user-token') {
      const userId = this.#users.get(key);
      return userId === undefined ? notFound : [200, { key, user_id: userId }];
    }
    if (method === 'GET' && kind === 'user-data') return found(this.datasets.get(Number(key))) ?? notFound;
    if (method === 'GET' && kind === 'user-model') return found(this.models.get(Number(key))) ?? notFound;
    if (method === 'POST' && kind === 'notify') return this.#notify(Number(key), body);
    return notFound;
  }

  #login({ username, password }: Record<string, unknown>): [number, object] {
    this.nLogins++;
    if (username !== this.username || password !== this.password) return [400, { detail: 'Wrong.' }];
    if (this.privilegedToken === '') this.replaceToken();
    return [200, { token: this.privilegedToken }];
  }

  #notify(modelId: number, { status, extra }: Record<string, unknown>): [number, object] {
    const forced = this.notifyStatuses.shift();
    if (forced !== undefined) return [forced, { detail: 'Later.' }];
    if (status !== 'done' && status !== 'fail') return [400, { detail: 'Invalid status.' }];
    this.notifications.push({ modelId, status, extra });
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return [200, { detail: 'Done.' }];
  }
}

function found(row: Row | undefined): [number, object] | undefined {
  return row && [200, { ...row, being_trained: false }];
}
