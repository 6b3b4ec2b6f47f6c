import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the data server behaves: well, or in one of the ways in which the other side of a network goes wrong. */
export type Behaviour =
  | { readonly kind: 'answer'; readonly status: number; readonly body?: unknown }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' }
  /** Cuts the connection. */
  | { readonly kind: 'hang-up' }
  /** 200 with these bytes. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'redirect'; readonly location: string };

export interface AskedQuestion {
  readonly authorization: string | undefined;
  readonly url: string;
}

/** The far side of the network: a data server that does what a test says. */
export class FakeDataServer {
  readonly asked: AskedQuestion[] = [];
  #behaviours: readonly Behaviour[] = [];
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<FakeDataServer> {
    const fake = new FakeDataServer();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** One behaviour a question, in this order; the last one stays. Forgets what was asked before. */
  behave(...behaviours: readonly Behaviour[]): void {
    this.#behaviours = behaviours;
    this.asked.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push({ authorization: request.headers.authorization, url: request.url ?? '' });
    const behaviour = this.#behaviours[Math.min(this.asked.length, this.#behaviours.length) - 1];
    request.resume();
    switch (behaviour?.kind) {
      case undefined:
      case 'silent':
        return;
      case 'hang-up':
        request.socket.destroy();
        return;
      case 'text':
        response.writeHead(200, { 'content-type': 'application/json' }).end(behaviour.text);
        return;
      case 'redirect':
        response.writeHead(302, { location: behaviour.location }).end();
        return;
      case 'answer':
        response.writeHead(behaviour.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(behaviour.body ?? {}));
    }
  }
}
