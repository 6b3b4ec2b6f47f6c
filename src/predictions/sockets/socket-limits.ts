/** The largest message: a larger request goes over HTTP, where it is read by a thread. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Answers that a client may leave unread before it is cut off. */
export const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** When clients are asked whether they are there. */
export interface PingTimes {
  readonly intervalMs: number;
  /** A client that does not answer a ping for this long is gone; over a plain WebSocket, until the next ping. */
  readonly timeoutMs: number;
}

/** Less than the idle time of usual proxies. */
export const PINGS: PingTimes = { intervalMs: 25_000, timeoutMs: 20_000 };
