import { Agent, request } from 'undici';
import type { ClaimedDelivery } from './delivery.js';
import { parseRetryAfter } from './retry-schedule.js';
import { sign } from './signature.js';

/** Where callbacks go and what signs them. */
export abstract class CallbackTarget {
  abstract readonly url: string;
  /** The newest first. */
  abstract readonly secrets: readonly string[];
}

/** What came back: a status, or the kind of failure where nothing came. */
export interface SendResult {
  readonly status?: number;
  readonly error?: string;
  readonly retryAfterSeconds?: number;
}

/** A receiver's answer is read only to keep the connection; a longer one costs it the connection. */
const MAX_ANSWER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 10_000;

/** How one delivery reaches its receiver; who provides another one replaces the signed webhook. */
export abstract class CallbackTransport {
  /** Resolves always, within the time-out. */
  abstract send(delivery: ClaimedDelivery, now: Date): Promise<SendResult>;
  abstract close(): Promise<void>;
}

/** Posts one delivery. Never follows a redirect: the signed body is meant for the configured address alone. */
export class CallbackSender extends CallbackTransport {
  readonly #agent: Agent;

  constructor(
    private readonly target: CallbackTarget,
    private readonly timeoutMs: number,
  ) {
    super();
    this.#agent = new Agent({
      connectTimeout: timeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  }

  /** The whole exchange, the answer's body included, ends within the time-out. */
  override async send(delivery: ClaimedDelivery, now: Date): Promise<SendResult> {
    const headers = sign(this.target.secrets, {
      id: delivery.id,
      timestampSeconds: Math.floor(now.getTime() / 1000),
      body: delivery.payload,
    });
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      const answer = await request(this.target.url, {
        method: 'POST',
        dispatcher: this.#agent,
        signal,
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'trainyard' },
        body: delivery.payload,
      });
      // The status decides; what becomes of the rest of the answer does not change it.
      await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined);
      const retryAfterSeconds = parseRetryAfter(answer.headers['retry-after'], now);
      return { status: answer.statusCode, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
    } catch (error) {
      return { error: signal.aborted ? `no answer within ${this.timeoutMs} ms` : failureName(error) };
    }
  }

  override async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The code of a failed connection; its text could hold an address with a password in it. */
function failureName(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'the connection failed';
}
