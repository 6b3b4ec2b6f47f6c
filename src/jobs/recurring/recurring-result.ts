/** What a run of recurring work tells the main thread. */
export interface RecurringResult {
  /** What was done, for the log; nothing when there was nothing to do. */
  readonly counts: Readonly<Record<string, number>>;
  /** Trainings that wait and must have a job in the queue. */
  readonly enqueue: readonly string[];
}
