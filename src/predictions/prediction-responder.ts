import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { CredentialHandoff, type RecordInfo } from '../auth/credential-handoff.js';
import { Settings } from '../config/settings-type.js';
import { Problem } from '../errors/problem.js';
import { requestIdOf } from '../http/request-id.js';
import { toProblem } from '../http/to-problem.js';
import { INTERNAL_PROBLEM, writeProblem } from '../http/write-problem.js';
import { choiceOf } from '../models/registry/version-choice.js';
import { Admission } from './admission.js';
import { DefaultModel } from './default-model.js';
import { Exchange } from './exchange.js';
import type { PredictionTarget } from './prediction-target.js';
import { PROTOCOLS } from './protocols/index.js';
import type { WireReply } from './protocols/protocol.js';
import { bodyAtHand, declaredBytes, readBody } from './read-body.js';
import { ReplySender } from './reply-sender.js';
import { ScoringService } from './scoring/scoring.service.js';

/**
 * Answers one prediction request; the ordinary routes and the fast path differ only in how they get here. Where nothing
 * has to be waited for, everything from the end of the body to the reply happens in one turn of the event loop.
 */
@Injectable()
export class PredictionResponder {
  readonly #log = new Logger('http');
  readonly #sender = new ReplySender();

  constructor(
    private readonly admission: Admission,
    private readonly credentials: CredentialHandoff,
    private readonly scoring: ScoringService,
    private readonly defaultModel: DefaultModel,
    private readonly settings: Settings,
  ) {}

  /** Never throws: what goes wrong is told in the protocol's own words. */
  respond(request: IncomingMessage, response: ServerResponse, target: PredictionTarget): void {
    this.#begin(this.open(request, response, target));
  }

  /** @param onSettled called once, when the answer has left or nobody waits for it any more */
  open(
    request: IncomingMessage,
    response: ServerResponse,
    target: PredictionTarget,
    onSettled?: (exchange: Exchange) => void,
  ): Exchange {
    return new Exchange(request, response, target, this.admission.open(), onSettled);
  }

  /** As respond, for what has come in one turn of the event loop: the replies leave together. */
  respondAll(exchanges: readonly Exchange[]): void {
    this.#sender.gather(() => {
      for (const exchange of exchanges) {
        this.#begin(exchange);
        if (!exchange.isReplying) exchange.settleAtClose();
      }
    });
  }

  #begin(exchange: Exchange): void {
    const { request, target } = exchange;
    try {
      exchange.modelId = target.modelId ?? this.defaultModel.id();
      const authorization = this.defaultModel.authorizationFor(target.modelId, request.headers.authorization);
      const access = { kind: 'model', id: exchange.modelId, action: 'predict' } as const;
      const known = this.credentials.cached(authorization, access);
      if (known !== undefined) this.#goOn(exchange, known);
      else {
        this.#waiting(exchange, () => this.credentials.authorize(authorization, access))
          .then((record) => this.#goOn(exchange, record))
          .catch((error: unknown) => this.#fail(exchange, error));
      }
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #goOn(exchange: Exchange, record: RecordInfo): void {
    const { request, target } = exchange;
    const protocol = PROTOCOLS[target.protocol];
    protocol.checkHeaders(request.headers);
    exchange.choice = choiceOf(target.version);
    if (protocol.waitsForModel) this.#read(exchange, record);
    else {
      this.#requireReady(exchange)
        .then(() => this.#read(exchange, record))
        .catch((error: unknown) => this.#fail(exchange, error));
    }
  }

  /** The body is read only after the caller was let in, and where there is room for what it asks. */
  #read(exchange: Exchange, record: RecordInfo): void {
    const { request, ticket } = exchange;
    if (this.scoring.isFullFor(exchange, declaredBytes(request))) throw this.admission.refusal();
    const body = bodyAtHand(request, this.settings.predictMaxBytes, ticket);
    if (body !== undefined) {
      this.#answer(exchange, record, body);
      return;
    }
    readBody(
      request,
      this.settings.predictMaxBytes,
      ticket,
      (whole) => this.#answer(exchange, record, whole),
      (problem) => this.#fail(exchange, problem),
    );
  }

  #answer(exchange: Exchange, record: RecordInfo, body: Buffer): void {
    const { request, response, target, modelId, choice, ticket } = exchange;
    try {
      ticket.beginRunning();
      const reply = this.scoring.answer({
        protocol: target.protocol,
        modelId,
        choice,
        message: { body, headers: request.headers },
        caller: { requestId: requestIdOf(request), ownerId: record.ownerId, callerId: record.callerId },
        whenGone: (stop) => response.once('close', stop),
      });
      if (reply instanceof Promise) {
        this.#waiting(exchange, () => reply).then(
          (known) => this.#send(exchange, known),
          (error: unknown) => this.#fail(exchange, error),
        );
      } else this.#send(exchange, reply);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #send(exchange: Exchange, reply: WireReply): void {
    if (exchange.response.destroyed) exchange.ticket.end();
    else this.#sender.send(exchange, reply);
  }

  /** Counts among those that wait, and no longer than its caller does. */
  async #waiting<T>({ response, ticket }: Exchange, work: () => Promise<T>): Promise<T> {
    ticket.beginRunning();
    const giveBack = () => ticket.end();
    response.once('close', giveBack);
    try {
      return await work();
    } finally {
      response.off('close', giveBack);
    }
  }

  /** @throws Problem not_ready */
  async #requireReady({ modelId, choice }: Exchange): Promise<void> {
    if (await this.scoring.isReady(modelId, choice)) return;
    throw new Problem('not_ready', 'The model is being loaded.', [], 1);
  }

  #fail({ request, response, target, ticket }: Exchange, error: unknown): void {
    ticket.end();
    const problem = toProblem(error);
    if (problem === undefined) {
      this.#log.error({ msg: 'a request failed', requestId: requestIdOf(request), err: error });
    }
    const words = PROTOCOLS[target.protocol].problem;
    const wasWritten = writeProblem(response, problem ?? INTERNAL_PROBLEM, words);
    if (!wasWritten && !response.writableEnded) response.destroy();
  }
}
