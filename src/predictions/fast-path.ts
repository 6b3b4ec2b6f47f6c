import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { PredictionResponder } from './prediction-responder.js';
import type { ProtocolName } from './protocols/protocol.js';

/** What every path may end in. */
const QUERY = '(?:\\?(?<query>[^#]*))?$';
/** The ids of a data server need no escaping; whatever else there is in a path goes the ordinary way. */
const MODEL = '(?<model>[A-Za-z0-9._~-]{1,128})';

interface PredictionRoute {
  readonly protocol: ProtocolName;
  /** As the framework and the access log name it. */
  readonly route: { readonly path: string };
  readonly pattern: RegExp;
}

/**
 * Every path on which predictions are asked for, all by POST. A path without a model is for the default one. Each has
 * its ordinary route, a method of the controller in the protocol's room, and one test holds the two together.
 */
export const PREDICTION_ROUTES: readonly PredictionRoute[] = [
  route('native', '/models/:id/predict'),
  route('open-inference', '/v2/models/:id/infer'),
  route('open-inference', '/v2/models/:id/versions/:version/infer'),
  route('mlflow', '/models/:id/mlflow/invocations'),
  route('mlflow', '/invocations'),
  route('bare', '/predict'),
  route('bare', '/infer'),
];

/**
 * Answers prediction requests before Express sees them: the framework's way of a request takes several times as long
 * as a prediction of one row. Credentials, limits, errors, request id, log and metrics are those of the ordinary routes.
 */
@Injectable()
export class PredictionFastPath {
  constructor(private readonly responder: PredictionResponder) {}

  /** False when the request is another one; it is untouched then. */
  handle(request: IncomingMessage & { route?: unknown }, response: ServerResponse): boolean {
    if (request.method !== 'POST') return false;
    const { url = '' } = request;
    for (const { protocol, route, pattern } of PREDICTION_ROUTES) {
      const groups = pattern.exec(url)?.groups;
      if (groups === undefined) continue;
      // Where the access log looks for the route's pattern.
      request.route = route;
      const modelId = groups['model'] ?? null;
      const version = groups['version'] ?? versionIn(groups['query']);
      this.responder.respond(request, response, { protocol, modelId, version });
      return true;
    }
    return false;
  }
}

function route(protocol: ProtocolName, path: string): PredictionRoute {
  const pattern = path.replace(':id', MODEL).replace(':version', '(?<version>[^/?#]+)');
  return { protocol, route: { path }, pattern: new RegExp(`^${pattern}${QUERY}`) };
}

function versionIn(query: string | undefined): string | undefined {
  return query === undefined ? undefined : (new URLSearchParams(query).get('version') ?? undefined);
}
