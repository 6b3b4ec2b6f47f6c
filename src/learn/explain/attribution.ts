/** What adds up to a prediction. */
export type AttributionSpace =
  /** The predicted value itself. */
  | 'value'
  /** The probability of one class. */
  | 'probability'
  /** What a link function turns into the prediction: log-odds, the logarithm of a value, or a raw score. */
  | 'margin';

/** Shapley values of some rows, by player. */
export interface Attribution {
  readonly method: 'linear' | 'tree' | 'sampling';
  readonly space: AttributionSpace;
  /** Per row: the output for the reference. */
  readonly baselines: Float64Array;
  /** Row-major nRows * nPlayers; a row's baseline and contributions add up to its output. */
  readonly contributions: Float64Array;
}

/** What is to be explained. */
export interface AttributionTask {
  /** Row-major nRows * nFeatures, encoded and scaled. */
  readonly rows: Float64Array;
  readonly nRows: number;
  /** Length nFeatures: the row that stands for "nothing is known". */
  readonly reference: Float64Array;
  /** Length nFeatures: whose feature it is, 0..nPlayers-1. Features of one input column come and go together. */
  readonly playerOf: Int32Array;
  readonly nPlayers: number;
  /** Length nRows: the index of the output that is explained. */
  readonly outputs: Int32Array;
}
