import type { ModelKey } from './model-cache.js';
import type { ScoringRequest } from './scoring-request.js';
import type { ScoringResult } from './scoring-result.js';

/** Who has asked, as far as that is known. */
export interface PredictionCaller {
  /** Of the request's log line. */
  readonly requestId: string;
  /** Who owns the model, as the data server says. */
  readonly ownerId: string;
  /** Whose credentials they were, where the data server says it. */
  readonly callerId?: string | undefined;
}

/** One answered request. */
export interface Observation {
  readonly model: ModelKey;
  readonly protocol: string;
  readonly request: ScoringRequest;
  readonly result: ScoringResult;
  readonly caller: PredictionCaller;
  /** From the whole body to the written reply, with any wait for a thread. */
  readonly latencyMs: number;
}

/** Sees predictions after they were made; must not throw, and must not change what it is given. */
export interface PredictionObserver {
  /** Asked before a request is scored. Rows of a request on a thread are brought back only for a yes. */
  wants(model: ModelKey): boolean;
  observed(observation: Observation): void;
}
