/** A recipe as it is kept. */
export interface Recipe {
  readonly datasetId: string;
  readonly name: string;
  readonly version: number;
  /** As they were sent, and found right. */
  readonly steps: readonly object[];
  readonly createdAt: Date;
}
