import type { ScoringInput, ScoringOptions } from './served-model.js';

/** What a protocol has read out of a body. */
export interface ScoringRequest {
  readonly input: ScoringInput;
  readonly options: ScoringOptions;
}
