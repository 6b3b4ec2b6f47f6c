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
}

/** At some 300 bytes an entry this is about 3 MB; beyond it the least recently used are asked for again. */
const MAX_REMEMBERED = 10_000;

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
    const known = this.#lookUp(key);
    if (known !== undefined) return known;
    const record = await this.dataServer.access(authorization, request);
    this.#remember(key, record);
    return record;
  }

  /** The remembered "yes", without asking anybody: a few microseconds, for the prediction path. */
  cached(authorization: string | undefined, request: AccessRequest): RecordInfo | undefined {
    if (authorization === undefined || this.#remembered.size === 0) return undefined;
    return this.#lookUp(this.#cacheKey(authorization, request));
  }

  #lookUp(key: string): RecordInfo | undefined {
    const entry = this.#remembered.get(key);
    if (entry === undefined) return undefined;
    const isExpired = entry.expiresAtMs <= performance.now();
    // Put back at the end: a Map keeps the order of insertion, so its first key is the least recently used. While there
    // is room for all, who goes first is of no account.
    const isTight = this.#remembered.size >= MAX_REMEMBERED / 2;
    if (isExpired || isTight) this.#remembered.delete(key);
    if (isExpired) return undefined;
    if (isTight) this.#remembered.set(key, entry);
    return entry.record;
  }

  #remember(key: string, record: RecordInfo): void {
    if (this.cacheMs === 0) return;
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
    this.#remembered.set(key, { record, expiresAtMs: performance.now() + this.cacheMs });
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
