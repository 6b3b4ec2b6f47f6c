import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a caller may choose as its id: it goes into our log and our headers. */
const ACCEPTED = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
/** Kept on the request itself: a WeakMap of all requests costs the garbage collector more than the id is worth. */
const ID = Symbol('request id');

interface NamedRequest extends IncomingMessage {
  [ID]?: string;
}

/** The id of the request: the caller's X-Request-Id when it is a plain one, otherwise a new UUID. */
export function requestIdOf(request: NamedRequest): string {
  const known = request[ID];
  if (known !== undefined) return known;
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && ACCEPTED.test(sent) ? sent : randomUUID();
  request[ID] = id;
  return id;
}

/** Gives the request its id and echoes it, before anything else sees the request. */
export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('X-Request-Id', requestIdOf(request));
}
