import type { ServerResponse } from 'node:http';
import { KEEP_ALIVE_MS } from '../http/http-server.js';

/** What a response has sent so far; its types do not declare it. */
interface HeadState {
  /** null before there is a head. */
  _header?: string | null;
  _headerSent?: boolean;
}

const CONNECTION = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n\r\n`;
const MS_PER_SECOND = 1000;
let dateSeconds = 0;
let dateLine = '';

/**
 * The head of a reply, to the byte as `writeHead` makes it, for those who send it in one text with the body. Node looks at
 * each name and each value of a head anew, and takes head and body through its queue of unsent parts: twice the time
 * of the scoring of a small model.
 * @returns undefined where the head is to be left to Node: the connection ends with this reply, the turn of the request
 * has not come, or something was put into the head before (as the framework does)
 */
export function headText(
  response: ServerResponse,
  requestId: string,
  contentType: string,
  nBytes: number,
): string | undefined {
  const isUsual = response.shouldKeepAlive && response.socket !== null && response.statusCode === 200;
  if (!isUsual || (response as HeadState)._header !== null || response.getHeaderNames().length > 0)
    return undefined;
  const seconds = Math.floor(Date.now() / MS_PER_SECOND);
  if (seconds !== dateSeconds) {
    dateSeconds = seconds;
    dateLine = `\r\nCache-Control: no-store\r\nDate: ${new Date(seconds * MS_PER_SECOND).toUTCString()}\r\n${CONNECTION}`;
  }
  return `HTTP/1.1 200 OK\r\nX-Request-Id: ${requestId}\r\nContent-Type: ${contentType}\r\nContent-Length: ${nBytes}${dateLine}`;
}

/** From now on the response takes `head` for sent, and only has to be ended. */
export function markHeadSent(response: ServerResponse, head: string): void {
  const state = response as HeadState;
  state._header = head;
  state._headerSent = true;
}
