import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { requestIdOf } from '../../http/request-id.js';
import { toProblem } from '../../http/to-problem.js';
import { letRestPass } from '../../http/unread-body.js';
import { INTERNAL_PROBLEM } from '../../http/write-problem.js';
import { EasymlError } from './easyml-error.js';

/** Answers errors as EasyML does: `{"detail": …}`. */
@Catch()
export class EasymlFilter implements ExceptionFilter {
  readonly #log = new Logger('easyml');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      if (!response.writableEnded) response.destroy();
      return;
    }
    letRestPass(response);
    if (error instanceof EasymlError) {
      response.status(error.status).json({ detail: error.detail, ...error.extra });
      return;
    }
    const problem = toProblem(error);
    if (problem === undefined) {
      this.#log.error({ msg: 'a request failed', requestId: requestIdOf(request), err: error });
    }
    const { status, detail, retryAfterSeconds } = problem ?? INTERNAL_PROBLEM;
    if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', Math.ceil(retryAfterSeconds));
    response.status(status).json({ detail });
  }
}
