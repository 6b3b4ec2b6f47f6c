import type { IncomingHttpHeaders } from 'node:http';
import type { Problem } from '../../errors/problem.js';
import type { WrittenProblem } from '../../http/write-problem.js';
import type { ScoringRequest } from '../scoring/scoring-request.js';
import type { ScoringResult } from '../scoring/scoring-result.js';
import type { ModelFacts } from '../scoring/served-model.js';

/** Every wire format in which a model can be asked; protocols/index.ts has one of each. */
export type ProtocolName = 'native' | 'open-inference' | 'mlflow' | 'bare';

/** A request as it came: the whole body and the headers beside it. */
export interface WireMessage {
  readonly body: Uint8Array;
  readonly headers: IncomingHttpHeaders;
}

/** A reply as it goes. */
export interface WireReply {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string | number>>;
}

export interface WireLimits {
  readonly maxRows: number;
}

/** A protocol that knows the model. */
export interface BoundProtocol<Request extends ScoringRequest = ScoringRequest> {
  /** @throws Problem when the body is not what the protocol says; rows are checked by the model */
  read(message: WireMessage, limits: WireLimits): Request;
  /**
   * As `read`, at a cost that is small even for a large body: only what the model's row reader reads. `read` tries it first.
   * @returns undefined for everything else, be there something wrong with it or not
   */
  readAtOnce?(message: WireMessage, limits: WireLimits): Request | undefined;
  /** @param request as `read` gave it */
  write(result: ScoringResult, request: Request): WireReply;
}

/**
 * One wire format, as a pure codec: no I/O, no clock, nothing of the service. It runs wherever the scoring runs, on
 * the event loop or on a thread. Most of a reply is the same for every request of a model and is made in `bind`.
 */
export interface Protocol {
  readonly name: ProtocolName;
  /** Whether a request to a model that is not loaded yet waits for it, or is sent away with 503 and Retry-After. */
  readonly waitsForModel: boolean;
  /** Whether a body under these headers is read at all. @throws Problem unsupported_media_type */
  checkHeaders(headers: IncomingHttpHeaders): void;
  bind(facts: ModelFacts): BoundProtocol;
  /** Its words for an error. */
  readonly problem: (problem: Problem, requestId: string) => WrittenProblem;
}
