/** What a round of requests is made of: as many as are answered. */
export interface LoadOrder {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Ends after this many instead, each of which may take `seconds`. */
  readonly nRequests?: number;
}

/** What came of it, as the asking side saw it. */
export interface LoadFigures {
  readonly requestsPerSecond: number;
  readonly nRequests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and requests without an answer. */
  readonly failures: number;
}
