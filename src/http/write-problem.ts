import type { ServerResponse } from 'node:http';
import { Problem } from '../errors/problem.js';
import { requestIdOf } from './request-id.js';

/** What a caller sees of a defect of ours. */
export const INTERNAL_PROBLEM = new Problem(
  'internal_error',
  'Something failed here. The request id finds it in the log.',
);

/** Answers with application/problem+json. Does nothing to an answer that has begun; returns whether it wrote. */
export function writeProblem(response: ServerResponse, problem: Problem): boolean {
  if (response.headersSent || response.destroyed) return false;
  const body = Buffer.from(JSON.stringify(problem.toBody(requestIdOf(response.req))));
  // What a half-prepared success has set must not describe the error.
  for (const name of ['ETag', 'Repr-Digest', 'Content-Disposition', 'Accept-Ranges', 'Content-Encoding']) {
    response.removeHeader(name);
  }
  response.statusCode = problem.status;
  response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.setHeader('Content-Length', body.length);
  response.setHeader('Cache-Control', 'no-store');
  if (problem.status === 401 && !response.hasHeader('WWW-Authenticate')) {
    response.setHeader('WWW-Authenticate', 'Bearer');
  }
  if (problem.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', Math.ceil(problem.retryAfterSeconds));
  } else if (problem.status === 429 || problem.status === 503) {
    response.setHeader('Retry-After', 1);
  }
  // An unread body would be taken for the next request, and reading a large one to throw it away is work for nothing.
  if (!response.req.complete) response.setHeader('Connection', 'close');
  response.end(response.req.method === 'HEAD' ? undefined : body);
  return true;
}
