import type { IncomingMessage } from 'node:http';
import { json, type RequestHandler } from 'express';
import { Problem } from '../errors/problem.js';
import { toProblem } from './to-problem.js';

const LIMIT_BYTES = 1024 * 1024;
/** Their bodies are streamed to disk or read by the model's own reader. */
const READS_ITS_OWN_BODY = /^\/(?:datasets\/[^/]+\/content|models\/[^/]+\/(?:bundle|predict))\/?$/;

/** Reads JSON bodies of at most 1 MiB; refuses other content types instead of leaving them unread. */
export function jsonBody(): RequestHandler {
  const parse = json({ limit: LIMIT_BYTES, type: isJson });
  return (request, response, next) => {
    if (READS_ITS_OWN_BODY.test(request.path) || !hasBody(request)) return next();
    if (!isJson(request)) {
      return next(new Problem('unsupported_media_type', 'The body must be of type application/json.'));
    }
    // A SyntaxError would be taken for a bad request by the framework, with the caller's text in its message.
    return parse(request, response, (error?: unknown) => next(asBodyProblem(error)));
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? '');
}

function asBodyProblem(error: unknown): unknown {
  return error === undefined ? undefined : (toProblem(error) ?? error);
}
