import type { ServerResponse } from 'node:http';
import { requestIdOf } from '../http/request-id.js';
import type { Exchange } from './exchange.js';
import type { WireReply } from './protocols/protocol.js';
import { headText, markHeadSent } from './reply-head.js';

/** A caller that takes nothing of its reply for this long is gone. */
const UNREAD_MS = 30_000;

interface Reply {
  readonly exchange: Exchange;
  readonly reply: WireReply;
}

/** While these are read on the other side, the next ones are made here. */
const TOGETHER = 8;

/**
 * Sends replies, several at once: the first write wakes the other side, which costs more than the prediction; the others
 * then find it awake. A third more predictions a second, measured at 16 connections. All of a large turn of the event loop
 * at once would be too many: then each side would wait while the other works.
 */
export class ReplySender {
  #replies: Reply[] = [];
  #isGathering = false;

  /** What is sent during `work` leaves when it returns, or with those that it is enough together with. */
  gather(work: () => void): void {
    this.#isGathering = true;
    work();
    this.#isGathering = false;
    this.#flush();
  }

  send(exchange: Exchange, reply: WireReply): void {
    exchange.isReplying = true;
    this.#replies.push({ exchange, reply });
    if (this.#isGathering) {
      if (this.#replies.length >= TOGETHER) this.#flush();
    } else if (this.#replies.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const replies = this.#replies;
    this.#replies = [];
    for (const { exchange, reply } of replies) {
      const { response, ticket } = exchange;
      write(response, reply);
      ticket.end();
      if (response.writableLength === 0 && response.socket !== null) exchange.settle(true);
      else this.#watchUnread(exchange);
    }
  }

  /** What the system did not take at once lies in our memory until the caller reads. */
  #watchUnread(exchange: Exchange): void {
    const { response, ticket } = exchange;
    exchange.settleAtClose();
    ticket.holdReply(response.writableLength);
    response.once('close', () => ticket.end());
    response.setTimeout(UNREAD_MS, () => response.destroy());
  }
}

/**
 * Head and body in one write of one text. Left to itself, the response would gather them with the empty write of its
 * end in a vectored write, which costs half as much again.
 */
function write(response: ServerResponse, { body, contentType, headers }: WireReply): void {
  const nBytes = Buffer.byteLength(body);
  const { socket } = response;
  const id = requestIdOf(response.req);
  const isPlain = typeof body === 'string' && socket !== null && headers === undefined;
  const head = isPlain ? headText(response, id, contentType, nBytes) : undefined;
  if (head === undefined || !isPlain) {
    response.writeHead(200, headOf(id, contentType, nBytes, headers));
    response.end(body);
    return;
  }
  // A text of as many bytes as characters is ASCII, and is copied as it is.
  socket.write(head + body, nBytes === body.length ? 'latin1' : 'utf8');
  markHeadSent(response, head);
  response.end();
}

/** As a list: an object would be taken apart again for each reply. */
function headOf(
  requestId: string,
  contentType: string,
  nBytes: number,
  headers: WireReply['headers'],
): string[] {
  const head = [
    'X-Request-Id',
    requestId,
    'Content-Type',
    contentType,
    'Content-Length',
    String(nBytes),
    'Cache-Control',
    'no-store',
  ];
  if (headers !== undefined) {
    for (const name in headers) head.push(name, String(headers[name]));
  }
  return head;
}
