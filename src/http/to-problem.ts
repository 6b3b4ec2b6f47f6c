import { HttpException } from '@nestjs/common';
import type { ErrorCode } from '../errors/catalogue.js';
import { problemFromLearnError } from '../errors/from-learn-error.js';
import { Problem } from '../errors/problem.js';
import { LearnError } from '../learn/errors.js';

/** What the framework refuses by itself, by status. Its messages may hold what the caller sent and are not passed on. */
const FRAMEWORK_REFUSALS: Readonly<Record<number, [ErrorCode, string]>> = {
  400: ['invalid_request', 'The request is not well-formed.'],
  401: ['unauthenticated', 'Send an Authorization header that is accepted here.'],
  403: ['forbidden', 'The caller may not do this.'],
  404: ['not_found', 'There is nothing at this address; see /docs for the routes.'],
  405: ['method_not_allowed', 'This method is not offered at this address; see the Allow header.'],
  406: ['not_acceptable', 'None of the accepted types can be sent.'],
  413: ['payload_too_large', 'The body is larger than it may be here.'],
  415: ['unsupported_media_type', 'The content type or encoding is not taken here.'],
  429: ['too_many_requests', 'Too many requests at once.'],
  503: ['not_ready', 'The service is not ready.'],
};

/** Any error as one that may be shown; undefined when it is a defect of ours that the caller must not see. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof LearnError) return problemFromLearnError(error);
  if (error instanceof HttpException) return fromStatus(error.getStatus());
  return fromBodyParser(error);
}

function fromStatus(status: number): Problem | undefined {
  const refusal = FRAMEWORK_REFUSALS[status];
  if (refusal) return new Problem(...refusal);
  return status >= 400 && status < 500
    ? new Problem('invalid_request', 'The request is not valid.')
    : undefined;
}

/** The errors of body-parser carry a `type` and a `status` of 4xx. */
function fromBodyParser(error: unknown): Problem | undefined {
  if (error instanceof URIError) return fromStatus(404);
  if (!(error instanceof Error) || !('type' in error) || !('status' in error)) return undefined;
  if (error.type === 'entity.parse.failed') {
    return new Problem('invalid_json', 'The body is not valid JSON; NaN and Infinity are not JSON.');
  }
  if (error.type === 'request.aborted') {
    return new Problem('upload_incomplete', 'The connection closed before the whole body had come.');
  }
  return typeof error.status === 'number' ? fromStatus(error.status) : undefined;
}
