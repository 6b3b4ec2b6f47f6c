import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { requestIdOf } from '../http/request-id.js';
import { toProblem } from '../http/to-problem.js';
import { INTERNAL_PROBLEM, writeProblem } from '../http/write-problem.js';
import { PredictionResponder } from './prediction-responder.js';

/** The ids of a data server need no escaping; whatever else there is in a path goes the ordinary way. */
const PATH = /^\/models\/([A-Za-z0-9._~-]{1,128})\/predict$/;
const ROUTE = { path: '/models/:id/predict' };

/**
 * Answers `POST /models/{id}/predict` before Express sees it: the framework's way of a request takes several times as
 * long as a prediction of one row. Credentials, limits, errors, request id, log and metrics are those of the
 * ordinary route.
 */
@Injectable()
export class PredictionFastPath {
  readonly #log = new Logger('http');

  constructor(private readonly responder: PredictionResponder) {}

  /** False when the request is another one; it is untouched then. */
  handle(request: IncomingMessage & { route?: unknown }, response: ServerResponse): boolean {
    if (request.method !== 'POST') return false;
    const modelId = PATH.exec(request.url ?? '')?.[1];
    if (modelId === undefined) return false;
    // Where the access log looks for the route's pattern.
    request.route = ROUTE;
    this.responder.respond(request, response, modelId).catch((error: unknown) => {
      const problem = toProblem(error);
      if (problem === undefined) {
        this.#log.error({ msg: 'a request failed', requestId: requestIdOf(request), err: error });
      }
      if (!writeProblem(response, problem ?? INTERNAL_PROBLEM) && !response.writableEnded) response.destroy();
    });
    return true;
  }
}
