import type { ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../errors/problem.js';
import { allowedMethods } from './allowed-methods.js';
import { requestIdOf } from './request-id.js';
import { toProblem } from './to-problem.js';
import { INTERNAL_PROBLEM, writeProblem } from './write-problem.js';

/** The one place where an error becomes an answer. A defect of ours is logged with its stack and shown without. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<ServerResponse>();
    const problem = this.#offeredMethods(toProblem(error), request, response);
    if (!problem || problem.code === 'internal_error') {
      this.#log.error({ msg: 'a request failed', requestId: requestIdOf(request), err: error });
    }
    // After the first byte the only way left to say "this is not whole" is to cut the connection.
    if (!writeProblem(response, problem ?? INTERNAL_PROBLEM) && !response.writableEnded) response.destroy();
  }

  /** A path that exists under another method is 405 with Allow, not 404. */
  #offeredMethods(
    problem: Problem | undefined,
    request: Request,
    response: ServerResponse,
  ): Problem | undefined {
    if (problem?.code !== 'not_found' || request.route !== undefined) return problem;
    const methods = allowedMethods(request.app, request.path);
    if (methods.length === 0) return problem;
    response.setHeader('Allow', methods.join(', '));
    return new Problem('method_not_allowed', `This address takes ${methods.join(', ')}.`);
  }
}
