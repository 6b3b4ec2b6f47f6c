import { hash, randomBytes } from 'node:crypto';
import {
  type AccessRequest,
  DataServer,
  RECORD_ID,
  type RecordInfo,
} from '../data-server/client/data-server.js';
import { Problem } from '../errors/problem.js';

export type { RecordInfo } from '../data-server/client/data-server.js';

/** A "yes" and the moment (of the monotonic clock) until which it holds. */
interface Remembered {
  readonly record: RecordInfo;
  readonly expiresAtMs: number;
  /** Infinite once somebody has seen to it. */
  renewAtMs: number;
}

/** At some 300 bytes an entry this is about 3 MB; beyond it the least recently used are asked for again. */
const MAX_REMEMBERED = 10_000;
/** Of its time: then the data server is asked again while the "yes" still holds, and a busy caller never waits. */
const RENEW_AFTER_SHARE = 0.8;

/**
 * Public requests: the caller's credentials go to the data server, which knows who may do what.
 *
 * A success is remembered for `cacheMs` under a keyed hash of credentials, record and action; the key lives and dies
 * with the process, so a memory dump holds nothing that could be replayed or guessed offline. A failure is never
 * remembered: a caller who has just been given access is let in at once.
 */
export class CredentialHandoff {
  readonly #key = randomBytes(32).toString('base64');
  readonly #remembered = new Map<string, Remembered>();
  /** Questions that are on their way: whoever asks the same waits for the same answer. */
  readonly #asked = new Map<string, Promise<RecordInfo>>();

  constructor(
    private readonly dataServer: DataServer,
    /** 0: ask every time. */
    private readonly cacheMs: number,
  ) {}

  /**
   * Who is behind the credentials may do this; resolves with the record, or throws the Problem to answer with:
   * `unauthenticated`, `forbidden`, `dataset_not_found`, `model_not_found`, `data_server_unavailable`.
   */
  async authorize(authorization: string | undefined, request: AccessRequest): Promise<RecordInfo> {
    if (authorization === undefined || authorization.trim() === '') {
      throw new Problem('unauthenticated', 'The request has no Authorization header.');
    }
    // An id that no data server gives out is not asked for: it could only change the address of the question.
    if (!RECORD_ID.test(request.id)) throw recordNotFound(request);
    const key = this.#cacheKey(authorization, request);
    return this.#lookUp(key)?.record ?? this.#ask(key, authorization, request);
  }

  /** The remembered "yes", without asking anybody: a few microseconds, for the prediction path. */
  cached(authorization: string | undefined, request: AccessRequest): RecordInfo | undefined {
    if (authorization === undefined || this.#remembered.size === 0) return undefined;
    const key = this.#cacheKey(authorization, request);
    const entry = this.#lookUp(key);
    if (entry === undefined) return undefined;
    if (entry.renewAtMs <= performance.now()) {
      entry.renewAtMs = Number.POSITIVE_INFINITY;
      void this.#renew(key, authorization, request);
    }
    return entry.record;
  }

  /** A "no" holds at once; a data server that does not answer now is asked again when the "yes" has expired. */
  async #renew(key: string, authorization: string, request: AccessRequest): Promise<void> {
    try {
      await this.#ask(key, authorization, request);
    } catch (error) {
      const isNo = error instanceof Problem && error.code !== 'data_server_unavailable';
      if (isNo) this.#remembered.delete(key);
    }
  }

  #ask(key: string, authorization: string, request: AccessRequest): Promise<RecordInfo> {
    if (this.cacheMs === 0) return this.dataServer.access(authorization, request);
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.dataServer
        .access(authorization, request)
        .then((record) => {
          this.#remember(key, record);
          return record;
        })
        .finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return asked;
  }

  #lookUp(key: string): Remembered | undefined {
    const entry = this.#remembered.get(key);
    if (entry === undefined) return undefined;
    const isExpired = entry.expiresAtMs <= performance.now();
    // Put back at the end: a Map keeps the order of insertion, so its first key is the least recently used. While there
    // is room for all, who goes first is of no account.
    const isTight = this.#remembered.size >= MAX_REMEMBERED / 2;
    if (isExpired || isTight) this.#remembered.delete(key);
    if (isExpired) return undefined;
    if (isTight) this.#remembered.set(key, entry);
    return entry;
  }

  #remember(key: string, record: RecordInfo): void {
    if (this.cacheMs === 0) return;
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
    const nowMs = performance.now();
    const renewAtMs = nowMs + this.cacheMs * RENEW_AFTER_SHARE;
    this.#remembered.set(key, { record, expiresAtMs: nowMs + this.cacheMs, renewAtMs });
  }

  /**
   * The length before the id keeps (id, credentials) pairs apart that would run into the same text. A plain hash with
   * the key in front is enough for a digest that never leaves the process, and takes a third of an HMAC's time.
   */
  #cacheKey(authorization: string, { kind, action, id }: AccessRequest): string {
    return hash('sha256', `${this.#key}:${kind}:${action}:${id.length}:${id}:${authorization}`, 'base64');
  }
}

function recordNotFound({ kind }: AccessRequest): Problem {
  return kind === 'dataset'
    ? new Problem('dataset_not_found', 'The data server has no data set of this id.')
    : new Problem('model_not_found', 'The data server has no model of this id.');
}
