/** A data-set record: the file itself lies with Trainyard. */
export interface DatasetRecord {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly format: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type TrainingStatus =
  | 'untrained'
  | 'starting'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'timed_out';

/** A model record, with what became of its last training. */
export interface ModelRecord {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  /** Whether every user may read the model and predict with it; only the owner ever changes it. */
  readonly shared: boolean;
  readonly trainingStatus: TrainingStatus;
  readonly trainingId: string | null;
  /** The version that the last successful training made. */
  readonly modelVersion: number | null;
  /** The `data` of the last callback. */
  readonly lastOutcome: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
