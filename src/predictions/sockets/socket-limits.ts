/** The largest message: a larger request goes over HTTP, where it is read by a thread. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Answers that a client may leave unread before it is cut off. */
export const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Less than the idle time of usual proxies. */
export const PING_INTERVAL_MS = 25_000;
/** A client that does not answer a ping for this long is gone. */
export const PING_TIMEOUT_MS = 20_000;
