import type { Json } from '../../learn/json.js';

/** What is kept of one predicted row. */
export interface LoggedRow {
  /** The prediction id of the reply; with `row` it names the prediction. */
  readonly id: string;
  /** From 0. */
  readonly row: number;
  readonly modelId: string;
  readonly modelVersion: number;
  readonly protocol: string;
  readonly requestId: string;
  /** Who asked, where the data server says it. */
  readonly callerId: string | null;
  /** The row as it was sent. */
  readonly input: Json;
  /** The predictor's numbers: probabilities by class, a value, a cluster. */
  readonly outputs: readonly number[];
  /** Classification: the index of the class that was answered. */
  readonly decision: number | null;
  readonly warnings: readonly { readonly code: string; readonly column: string }[];
  /** Of the whole request, in milliseconds. */
  readonly latencyMs: number;
  readonly createdAt: Date;
}

/** A kept row with what has become known since. */
export interface KeptPrediction extends LoggedRow {
  /** What was true; null: not known. */
  readonly actual: string | number | boolean | null;
  readonly actualAt: Date | null;
}

/** What a model's owner wants kept. */
export interface LogChoice {
  /** 0..1: of how many of the requests. */
  readonly sampleShare: number;
  readonly keepDays: number;
  /** Whether the model is trained again on the newest data when its rows have drifted. */
  readonly retrainOnDrift: boolean;
}
