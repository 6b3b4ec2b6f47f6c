/** Somebody who answers predictions: where, and what they are asked. */
export interface Side {
  readonly name: string;
  /** The root of the process tree that answers. */
  readonly pid: number;
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}
