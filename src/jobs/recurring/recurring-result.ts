/** What a run of recurring work tells the main thread. */
export interface RecurringResult {
  /** What was done; logged unless it is all nothing. */
  readonly counts: Readonly<Record<string, number>>;
  /** Trainings that wait and must have a job in the queue. */
  readonly enqueue: readonly string[];
  /** Models that are to be trained again on the newest data. */
  readonly retrain?: readonly string[];
}
