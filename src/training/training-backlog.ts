/**
 * The trainings that wait for a worker. Only ids go through it, at least once: the training's row decides whether an
 * id that arrives is still to be run, and the sweep puts back what was lost.
 */
export abstract class TrainingBacklog {
  /** @param delayMs how long it may not be taken; 0 by default */
  abstract add(trainingId: string, delayMs?: number): Promise<void>;
  /** Whether a job for this training waits or runs. */
  abstract holds(trainingId: string): Promise<boolean>;
  /** Hands ids to `run`, at most `concurrency` at once; an id is done when `run` resolves. */
  abstract consume(concurrency: number, run: (trainingId: string) => Promise<void>): Promise<void>;
  /** Takes no more ids and waits for those that run. */
  abstract stop(): Promise<void>;
}
