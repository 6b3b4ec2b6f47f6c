import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { request } from 'undici';
import { Settings } from '../../config/settings-type.js';
import { Problem } from '../../errors/problem.js';

/** What the data server answered; `body` is undefined where it was no JSON. */
export interface DataServerAnswer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const RETRY_AFTER_SECONDS = 5;
/** A caller with a wrong token must not make us log in as often as it likes. */
const LOGIN_PAUSE_MS = 5_000;

/**
 * Our account at the data server: logged in when it is first needed, and once more when its token is not accepted.
 * The same token is what the data server shows us.
 */
@Injectable()
export class DataServerSession {
  #token: Promise<string> | undefined;
  #loggedInAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly settings: Settings) {}

  /** @throws Problem data_server_unavailable */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    timeoutMs?: number,
  ): Promise<DataServerAnswer> {
    const first = await this.#send(method, path, body, await this.#login(), timeoutMs);
    if (first.status !== 401) return first;
    this.#token = undefined;
    return this.#send(method, path, body, await this.#login(), timeoutMs);
  }

  /** Whether this is the data server's own token. A token that was replaced since is asked for again. */
  async isDataServer(token: string): Promise<boolean> {
    if (isSame(token, await this.#login())) return true;
    if (performance.now() - this.#loggedInAtMs < LOGIN_PAUSE_MS) return false;
    this.#token = undefined;
    return isSame(token, await this.#login());
  }

  #login(): Promise<string> {
    this.#token ??= this.#requestToken().catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    return this.#token;
  }

  async #requestToken(): Promise<string> {
    const { easymlUsername: username, easymlPassword: password } = this.settings;
    const answer = await this.#send('POST', '/api/login/', { username, password });
    this.#loggedInAtMs = performance.now();
    const token = (answer.body as { token?: unknown } | null | undefined)?.token;
    if (answer.status !== 200 || typeof token !== 'string' || token === '') {
      throw unavailable('The data server does not accept EASYML_USERNAME and EASYML_PASSWORD.');
    }
    return token;
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    token?: string,
    timeoutMs = this.settings.dataServerTimeoutMs,
  ): Promise<DataServerAnswer> {
    const signal = AbortSignal.timeout(timeoutMs);
    const base = this.settings.dataServerUrl!.replace(/\/+$/, '');
    try {
      const answer = await request(`${base}${path}`, {
        method,
        signal,
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.statusCode !== 200) {
        await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal });
        return { status: answer.statusCode, body: undefined };
      }
      return { status: 200, body: parsed(await answer.body.text()) };
    } catch {
      throw unavailable(
        signal.aborted ? 'The data server did not answer in time.' : 'The data server cannot be reached.',
      );
    }
  }
}

function isSame(sent: string, known: string): boolean {
  return timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', known, 'buffer'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unavailable(detail: string): Problem {
  return new Problem('data_server_unavailable', detail, [], RETRY_AFTER_SECONDS);
}
