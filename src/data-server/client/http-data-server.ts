import { setTimeout as delay } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { Problem } from '../../errors/problem.js';
import { type AccessRequest, DataServer, type RecordInfo } from './data-server.js';
import { readRecordInfo } from './record-info.js';

export interface HttpDataServerOptions {
  /** Base address; a path in it is kept. */
  readonly url: string;
  /** For one question, a second try included. */
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A record is a few hundred bytes; whatever sends more than this is not a data server. */
const MAX_ANSWER_BYTES = 64 * 1024;
const CONNECTIONS = 32;
const RETRY_AFTER_SECONDS = 5;
/** Answers of a proxy whose backend is being restarted. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/** The connection failed: the question was not understood by anybody, or it may be asked twice without harm. */
const RETRIED_ERRORS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const RETRY_DELAY_MS = { least: 50, spread: 100 };

/**
 * Speaks data-server.openapi.yaml over kept-alive connections. Redirects are not followed: they would carry the
 * caller's credentials to an address that nobody configured.
 */
export class HttpDataServer extends DataServer {
  readonly #pool: Pool;
  readonly #basePath: string;

  constructor(private readonly options: HttpDataServerOptions) {
    super();
    const url = new URL(options.url);
    this.#basePath = url.pathname.replace(/\/+$/, '');
    this.#pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      connectTimeout: options.timeoutMs,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
      keepAliveTimeout: 4_000,
    });
  }

  async access(authorization: string, request: AccessRequest): Promise<RecordInfo> {
    const { kind, id, action } = request;
    const path = `${this.#basePath}/access/${kind}s/${encodeURIComponent(id)}?action=${action}`;
    const { status, body } = await this.#get(path, authorization);
    switch (status) {
      case 200: {
        const record = readRecordInfo(body, id);
        if (record === undefined) throw unavailable('The data server gave an answer that is not a record.');
        return record;
      }
      case 401:
        throw new Problem('unauthenticated', 'The data server does not accept the credentials.');
      case 403:
        throw new Problem(
          'forbidden',
          `The data server does not let the caller ${action} this ${nameOf(kind)}.`,
        );
      case 404:
        throw kind === 'dataset'
          ? new Problem('dataset_not_found', 'The data server has no data set of this id.')
          : new Problem('model_not_found', 'The data server has no model of this id.');
      default:
        throw unavailable('The data server answered with an unexpected status.');
    }
  }

  override async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** One GET, tried a second time where that may help, all within the one timeout. */
  async #get(path: string, authorization: string): Promise<Answer> {
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    try {
      const first = await this.#getOnce(path, authorization, signal).catch((error: unknown) => {
        if (signal.aborted || !isConnectionError(error)) throw error;
        return undefined;
      });
      if (first !== undefined && !RETRIED_STATUSES.has(first.status)) return first;
      await delay(RETRY_DELAY_MS.least + Math.random() * RETRY_DELAY_MS.spread, undefined, { signal });
      return await this.#getOnce(path, authorization, signal);
    } catch {
      throw unavailable(
        signal.aborted ? 'The data server did not answer in time.' : 'The data server cannot be reached.',
      );
    }
  }

  async #getOnce(path: string, authorization: string, signal: AbortSignal): Promise<Answer> {
    const response = await this.#pool.request({
      method: 'GET',
      path,
      headers: { authorization, accept: 'application/json' },
      signal,
    });
    if (response.statusCode === 200) return { status: 200, body: await readJson(response.body) };
    // Read to the end (within the size limit), so that the connection can be used again.
    await response.body.dump({ limit: MAX_ANSWER_BYTES, signal });
    return { status: response.statusCode, body: undefined };
  }
}

/** Undefined where it is no JSON; a broken connection is thrown. */
async function readJson(body: Dispatcher.ResponseData['body']): Promise<unknown> {
  const text = await body.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isConnectionError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && RETRIED_ERRORS.has(code);
}

function nameOf(kind: AccessRequest['kind']): string {
  return kind === 'dataset' ? 'data set' : 'model';
}

function unavailable(detail: string): Problem {
  return new Problem('data_server_unavailable', detail, [], RETRY_AFTER_SECONDS);
}
