import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { HttpUser } from '../../src/demo/http.js';
import type { GeneratedCsv } from './generated-csv.js';

const TUS = { 'tus-resumable': '1.0.0' };

/** Sends one file by tus: in one go, or up to a place where it is cut off. */
export class TusSender {
  private constructor(
    private readonly path: string,
    private readonly content: GeneratedCsv,
  ) {}

  static async create(user: HttpUser, datasetId: string, content: GeneratedCsv): Promise<TusSender> {
    const headers = { ...TUS, 'upload-length': String(content.nBytes) };
    const created = await user.send('POST', `/datasets/${datasetId}/uploads`, { headers });
    return new TusSender(created.headers.get('location') as string, content);
  }

  /** How many bytes the service has. */
  async offset(user: HttpUser): Promise<number> {
    const answer = await user.send('HEAD', this.path, { headers: TUS });
    return Number(answer.headers.get('upload-offset'));
  }

  /** All that is left; returns when the service has read the table. */
  async finish(user: HttpUser, serviceUrl: string): Promise<void> {
    const { sending, closed } = this.#open(user, serviceUrl, await this.offset(user));
    const answered = once(sending.request, 'response') as Promise<[IncomingMessage]>;
    await sending.write(this.content.nBytes);
    sending.request.end();
    const [answer] = await answered;
    answer.resume();
    if (answer.statusCode !== 204) throw new Error(`the last part was answered with ${answer.statusCode}`);
    await closed;
  }

  /** Sends up to the place, lets `cut` happen in the middle of the request, and breaks the connection off. */
  async sendUntil(
    user: HttpUser,
    serviceUrl: string,
    place: number,
    cut: () => Promise<void>,
  ): Promise<void> {
    const { sending, closed } = this.#open(user, serviceUrl, await this.offset(user));
    await sending.write(place);
    await cut();
    sending.request.destroy();
    await closed;
  }

  #open(user: HttpUser, serviceUrl: string, from: number) {
    const sending = request(new URL(this.path, serviceUrl), {
      method: 'PATCH',
      headers: {
        ...TUS,
        authorization: user.credentials,
        'content-type': 'application/offset+octet-stream',
        'upload-offset': from,
        'content-length': this.content.nBytes - from,
      },
    });
    // Cut off on purpose; what was not meant shows in the offset or the answer.
    sending.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => sending.once('close', () => resolve()));
    const write = async (to: number) => {
      for (const chunk of this.content.bytes(from, to)) {
        if (sending.destroyed) return;
        if (!sending.write(chunk)) {
          await Promise.race([new Promise((resolve) => sending.once('drain', resolve)), closed]);
        }
      }
    };
    return { sending: { request: sending, write }, closed };
  }
}
