export interface DualInput {
  /** Row-major; in shared memory for threads. */
  readonly rows: Float64Array;
  readonly nSamples: number;
  readonly nFeatures: number;
  readonly fitIntercept: boolean;
  /** Length nSamples: what the row's error costs. */
  readonly costs: Float64Array;
  /** Whether errors count squared. */
  readonly squared: boolean;
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly seed: number;
  readonly stream: number;
}

export interface SeparationInput extends DualInput {
  readonly codes: Int32Array;
  /** What a row costs where its own class is separated from the rest; `costs` holds where it is of the rest. */
  readonly ownCosts: Float64Array;
  /** The class that each piece separates from the rest. */
  readonly classes: readonly number[];
}

export interface TubeInput extends DualInput {
  readonly targets: Float64Array;
  /** Errors up to this are free. */
  readonly epsilon: number;
}

export interface DualResult {
  /** The weights, then the intercept. */
  readonly weights: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}
