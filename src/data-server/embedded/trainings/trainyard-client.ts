import { Agent, request } from 'undici';
import { Problem } from '../../../errors/problem.js';

/** An answer of Trainyard, to be passed on as it is. */
export interface RelayedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: unknown;
}

export interface TrainyardClientOptions {
  /** Known only after the service has found its port. */
  readonly serviceUrl: () => string;
  readonly serviceToken: string;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
}

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 5;

/** The internal API of Trainyard, over HTTP with the service token, as any data server would use it. */
export class TrainyardClient {
  readonly #agent = new Agent({
    connections: 8,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  constructor(private readonly options: TrainyardClientOptions) {}

  /** Safe to repeat: the key makes a second arrival of the same request the same training. */
  async startTraining(body: object, idempotencyKey: string): Promise<RelayedAnswer> {
    const call: Call = { method: 'POST', path: '/internal/trainings', body, idempotencyKey };
    return await this.#call(call).catch(() => this.#callOrGiveUp(call));
  }

  training(id: string): Promise<RelayedAnswer> {
    return this.#callOrGiveUp({ method: 'GET', path: `/internal/trainings/${encodeURIComponent(id)}` });
  }

  /** Deletes what Trainyard keeps of a record; it may keep nothing. Throws Problem when it will not. */
  async deleteContent(kind: 'datasets' | 'models', id: string): Promise<void> {
    const answer = await this.#callOrGiveUp({
      method: 'DELETE',
      path: `/internal/${kind}/${encodeURIComponent(id)}`,
    });
    if (answer.status === 409) {
      throw kind === 'datasets'
        ? new Problem('dataset_in_use', 'A training uses this data set.')
        : new Problem('model_in_use', 'A training is writing this model.');
    }
    if (answer.status !== 404 && answer.status >= 300) throw unavailable();
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #callOrGiveUp(call: Call): Promise<RelayedAnswer> {
    return this.#call(call).catch(() => {
      throw unavailable();
    });
  }

  async #call({ method, path, body, idempotencyKey }: Call): Promise<RelayedAnswer> {
    const response = await request(new URL(path, this.options.serviceUrl()), {
      dispatcher: this.#agent,
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${this.options.serviceToken}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      contentType: String(response.headers['content-type'] ?? 'application/json'),
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  }
}

function unavailable(): Problem {
  return new Problem('not_ready', 'Trainyard does not answer.', [], RETRY_AFTER_SECONDS);
}
