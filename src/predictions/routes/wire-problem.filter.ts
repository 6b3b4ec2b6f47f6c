import type { ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { requestIdOf } from '../../http/request-id.js';
import { toProblem } from '../../http/to-problem.js';
import { INTERNAL_PROBLEM, writeProblem } from '../../http/write-problem.js';
import { PROTOCOLS } from '../protocols/index.js';
import type { ProtocolName } from '../protocols/protocol.js';

/** Errors of a protocol's other routes in the protocol's words. */
@Catch()
export class WireProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('http');

  constructor(private readonly protocol: ProtocolName) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<ServerResponse>();
    const problem = toProblem(error);
    if (problem === undefined) {
      this.#log.error({ msg: 'a request failed', requestId: requestIdOf(request), err: error });
    }
    const wasWritten = writeProblem(response, problem ?? INTERNAL_PROBLEM, PROTOCOLS[this.protocol].problem);
    if (!wasWritten && !response.writableEnded) response.destroy();
  }
}
