import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One callback as it came. */
export interface ReceivedCallback {
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: Buffer;
  /** What the data server behind answered; undefined when there is none. */
  readonly passedOn: number | undefined;
}

/**
 * Takes callbacks in place of the data server (CALLBACK_URL) and passes them on to it, so that a test can wait for
 * them and look at them.
 */
export class CallbackRelay {
  readonly received: ReceivedCallback[] = [];
  /** Address of the data server's receiver, once it is known. */
  passOnTo: string | undefined;
  readonly #waiting = new Map<
    (callback: ReceivedCallback) => boolean,
    (callback: ReceivedCallback) => void
  >();
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.#take(request.headers, Buffer.concat(chunks)).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(500).end(),
      );
    });
  });

  static async start(): Promise<CallbackRelay> {
    const relay = new CallbackRelay();
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/callbacks`;
  }

  /** The callback of this training; waits for it when it has not come. */
  of(trainingId: string): Promise<ReceivedCallback> {
    const matches = ({ rawBody }: ReceivedCallback): boolean => rawBody.includes(trainingId);
    const known = this.received.find(matches);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.set(matches, resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(headers: IncomingHttpHeaders, rawBody: Buffer): Promise<number> {
    const passedOn = this.passOnTo === undefined ? undefined : await passOn(this.passOnTo, headers, rawBody);
    const callback = { headers, rawBody, passedOn };
    this.received.push(callback);
    for (const [matches, resolve] of this.#waiting) {
      if (!matches(callback)) continue;
      this.#waiting.delete(matches);
      resolve(callback);
    }
    return passedOn ?? 204;
  }
}

async function passOn(url: string, headers: IncomingHttpHeaders, body: Buffer): Promise<number> {
  const kept = Object.entries(headers).filter(
    ([name]) => name === 'content-type' || name.startsWith('webhook-'),
  );
  const response = await fetch(url, {
    method: 'POST',
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    body: new Uint8Array(body),
  });
  return response.status;
}
