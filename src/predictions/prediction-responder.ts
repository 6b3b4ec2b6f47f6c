import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { CredentialHandoff } from '../auth/credential-handoff.js';
import { Settings } from '../config/settings-type.js';
import { Problem } from '../errors/problem.js';
import { requestIdOf } from '../http/request-id.js';
import { toProblem } from '../http/to-problem.js';
import { INTERNAL_PROBLEM, writeProblem } from '../http/write-problem.js';
import { DefaultModel } from './default-model.js';
import { choiceOf, type PredictionTarget } from './prediction-target.js';
import { PROTOCOLS } from './protocols/index.js';
import type { WireReply } from './protocols/protocol.js';
import { readBody } from './read-body.js';
import { ScoringService } from './scoring/scoring.service.js';

/** Answers one prediction request; the ordinary routes and the fast path differ only in how they get here. */
@Injectable()
export class PredictionResponder {
  readonly #log = new Logger('http');

  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly scoring: ScoringService,
    private readonly defaultModel: DefaultModel,
    private readonly settings: Settings,
  ) {}

  /** Never rejects: what goes wrong is told in the protocol's own words. */
  async respond(request: IncomingMessage, response: ServerResponse, target: PredictionTarget): Promise<void> {
    try {
      const reply = await this.#answer(request, target);
      if (!response.destroyed) send(response, reply);
    } catch (error) {
      const problem = toProblem(error);
      if (problem === undefined) {
        this.#log.error({ msg: 'a request failed', requestId: requestIdOf(request), err: error });
      }
      const { protocol } = target;
      const wasWritten = writeProblem(response, problem ?? INTERNAL_PROBLEM, PROTOCOLS[protocol].problem);
      if (!wasWritten && !response.writableEnded) response.destroy();
    }
  }

  /** The body is read only after the caller was let in. */
  async #answer(request: IncomingMessage, target: PredictionTarget): Promise<WireReply> {
    const { headers } = request;
    const { protocol } = target;
    const modelId = target.modelId ?? this.defaultModel.id();
    const authorization = this.defaultModel.authorizationFor(target.modelId, headers.authorization);
    const access = { kind: 'model', id: modelId, action: 'predict' } as const;
    const record =
      this.credentials.cached(authorization, access) ??
      (await this.credentials.authorize(authorization, access));
    PROTOCOLS[protocol].checkHeaders(headers);
    const choice = choiceOf(target.version);
    if (!PROTOCOLS[protocol].waitsForModel && !(await this.scoring.isReady(modelId, choice))) {
      throw new Problem('not_ready', 'The model is being loaded.', [], 1);
    }
    const body = await readBody(request, this.settings.predictMaxBytes);
    return this.scoring.answer({
      protocol,
      modelId,
      choice,
      message: { body, headers },
      caller: { requestId: requestIdOf(request), ownerId: record.ownerId, callerId: record.callerId },
    });
  }
}

function send(response: ServerResponse, { body, contentType, headers }: WireReply): void {
  response.writeHead(200, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  // Answers of one turn of the event loop leave together: the first write wakes the other side, which costs more than
  // the prediction; the others then find it awake. A third more predictions a second, measured at 16 connections.
  setImmediate(() => response.end(body));
}
