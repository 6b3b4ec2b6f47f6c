/** What time it is and what chance says: given in, so that tests decide both. */
export abstract class Clock {
  abstract now(): Date;
  /** Uniform in [0, 1). */
  abstract random(): number;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  random(): number {
    return Math.random();
  }
}
