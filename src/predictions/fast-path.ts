import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FirstHandler } from '../http/http-server.js';
import { requestIdOf } from '../http/request-id.js';
import { AccessLog, type RouteLog } from '../observability/access-log.js';
import type { Exchange } from './exchange.js';
import { PredictionResponder } from './prediction-responder.js';
import type { PredictionTarget } from './prediction-target.js';
import type { ProtocolName } from './protocols/protocol.js';

/** What every path may end in. */
const QUERY = '(?:\\?(?<query>[^#]*))?$';
/** The ids of a data server need no escaping; whatever else there is in a path goes the ordinary way. */
const MODEL = '(?<model>[A-Za-z0-9._~-]{1,128})';

interface PredictionRoute {
  readonly protocol: ProtocolName;
  /** As the framework and the access log name it. */
  readonly path: string;
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

/** Where one address leads. */
interface Destination {
  readonly log: RouteLog;
  readonly target: PredictionTarget;
}

/** A caller asks at few addresses, and each is taken apart once. */
const MAX_KNOWN = 1000;
const MAX_KNOWN_LENGTH = 200;

/**
 * Answers prediction requests before Express sees them: the framework's way of a request takes several times as long
 * as a prediction of one row. Credentials, limits, errors, request id, log and metrics are those of the ordinary routes.
 * Requests that come in one turn of the event loop are answered together at its end; by then the bodies of small ones are there.
 */
@Injectable()
export class PredictionFastPath implements FirstHandler {
  readonly #known = new Map<string, Destination>();
  #turn: Exchange[] = [];
  #nOpen = 0;

  constructor(
    private readonly responder: PredictionResponder,
    private readonly accessLog: AccessLog,
  ) {}

  get nOpen(): number {
    return this.#nOpen;
  }

  /** False when the request is another one; it is untouched then. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'POST') return false;
    const { url = '' } = request;
    const destination = this.#known.get(url) ?? this.#find(url);
    if (destination === undefined) return false;
    const startedAtMs = performance.now();
    const settled = ({ isWhole }: Exchange) => {
      this.#nOpen--;
      destination.log.note(response, requestIdOf(request), startedAtMs, isWhole);
    };
    this.#nOpen++;
    this.#turn.push(this.responder.open(request, response, destination.target, settled));
    if (this.#turn.length === 1) setImmediate(() => this.#endTurn());
    return true;
  }

  #endTurn(): void {
    const exchanges = this.#turn;
    this.#turn = [];
    this.responder.respondAll(exchanges);
  }

  #find(url: string): Destination | undefined {
    for (const { protocol, path, pattern } of PREDICTION_ROUTES) {
      const groups = pattern.exec(url)?.groups;
      if (groups === undefined) continue;
      const modelId = groups['model'] ?? null;
      const version = groups['version'] ?? versionIn(groups['query']);
      const target = { protocol, modelId, version };
      const destination = { log: this.accessLog.of('POST', path), target };
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      if (url.length <= MAX_KNOWN_LENGTH) this.#known.set(url, destination);
      return destination;
    }
    return undefined;
  }
}

function route(protocol: ProtocolName, path: string): PredictionRoute {
  const pattern = path.replace(':id', MODEL).replace(':version', '(?<version>[^/?#]+)');
  return { protocol, path, pattern: new RegExp(`^${pattern}${QUERY}`) };
}

function versionIn(query: string | undefined): string | undefined {
  return query === undefined ? undefined : (new URLSearchParams(query).get('version') ?? undefined);
}
