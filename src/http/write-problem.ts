import type { ServerResponse } from 'node:http';
import { Problem } from '../errors/problem.js';
import { requestIdOf } from './request-id.js';
import { letRestPass } from './unread-body.js';

/** What a caller sees of a defect of ours. */
export const INTERNAL_PROBLEM = new Problem(
  'internal_error',
  'Something failed here. The request id finds it in the log.',
);

/** An error as it goes out; a protocol of others has words of its own. */
export interface WrittenProblem {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export const problemJson = (problem: Problem, requestId: string): WrittenProblem => ({
  status: problem.status,
  contentType: 'application/problem+json; charset=utf-8',
  body: JSON.stringify(problem.toBody(requestId)),
});

/**
 * Answers with application/problem+json, or in the words that are given. Does nothing to an answer that has begun;
 * returns whether it wrote.
 */
export function writeProblem(
  response: ServerResponse,
  problem: Problem,
  words: (problem: Problem, requestId: string) => WrittenProblem = problemJson,
): boolean {
  if (response.headersSent || response.destroyed) return false;
  const { status, contentType, body: text } = words(problem, requestIdOf(response.req));
  const body = Buffer.from(text);
  // What a half-prepared success has set must not describe the error.
  for (const name of ['ETag', 'Repr-Digest', 'Content-Disposition', 'Accept-Ranges', 'Content-Encoding']) {
    response.removeHeader(name);
  }
  response.statusCode = status;
  response.setHeader('X-Request-Id', requestIdOf(response.req));
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', body.length);
  response.setHeader('Cache-Control', 'no-store');
  if (status === 401 && !response.hasHeader('WWW-Authenticate')) {
    response.setHeader('WWW-Authenticate', 'Bearer');
  }
  if (problem.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', Math.ceil(problem.retryAfterSeconds));
  } else if (status === 429 || status === 503) {
    response.setHeader('Retry-After', 1);
  }
  letRestPass(response);
  response.end(response.req.method === 'HEAD' ? undefined : body);
  return true;
}
