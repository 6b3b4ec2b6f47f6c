import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { CredentialHandoff, type RecordInfo } from '../auth/credential-handoff.js';
import { Settings } from '../config/settings-type.js';
import { Problem } from '../errors/problem.js';
import { requestIdOf } from '../http/request-id.js';
import { toProblem } from '../http/to-problem.js';
import { INTERNAL_PROBLEM, writeProblem } from '../http/write-problem.js';
import { Admission, type Ticket } from './admission.js';
import { DefaultModel } from './default-model.js';
import { choiceOf, type PredictionTarget } from './prediction-target.js';
import { PROTOCOLS } from './protocols/index.js';
import type { WireReply } from './protocols/protocol.js';
import { declaredBytes, readBody } from './read-body.js';
import { ReplySender } from './reply-sender.js';
import type { VersionChoice } from './scoring/current-versions.js';
import { ScoringService } from './scoring/scoring.service.js';

/** One request on its way to its answer. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: PredictionTarget;
  readonly modelId: string;
  readonly choice: VersionChoice;
  readonly ticket: Ticket;
}

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
    const ticket = this.admission.open();
    const fail = (error: unknown) => this.#fail({ request, response, target, ticket }, error);
    try {
      const modelId = target.modelId ?? this.defaultModel.id();
      const authorization = this.defaultModel.authorizationFor(target.modelId, request.headers.authorization);
      const access = { kind: 'model', id: modelId, action: 'predict' } as const;
      const goOn = (record: RecordInfo): void | Promise<void> => {
        PROTOCOLS[target.protocol].checkHeaders(request.headers);
        const exchange = { request, response, target, modelId, choice: choiceOf(target.version), ticket };
        if (PROTOCOLS[target.protocol].waitsForModel) return this.#read(exchange, record);
        return this.#requireReady(exchange).then(() => this.#read(exchange, record));
      };
      const known = this.credentials.cached(authorization, access);
      const asked =
        known ?? this.#waiting(response, ticket, () => this.credentials.authorize(authorization, access));
      const done = asked instanceof Promise ? asked.then(goOn) : goOn(asked);
      if (done instanceof Promise) done.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** The body is read only after the caller was let in, and where there is room for what it asks. */
  #read(exchange: Exchange, record: RecordInfo): void {
    const { request, ticket } = exchange;
    if (this.scoring.isFullFor(declaredBytes(request))) throw this.admission.refusal();
    readBody(
      request,
      this.settings.predictMaxBytes,
      ticket,
      (body) => this.#answer(exchange, record, body),
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
        this.#waiting(response, ticket, () => reply).then(
          (known) => this.#send(exchange, known),
          (error: unknown) => this.#fail(exchange, error),
        );
      } else this.#send(exchange, reply);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #send({ response, ticket }: Exchange, reply: WireReply): void {
    if (response.destroyed) ticket.end();
    else this.#sender.send(response, reply, ticket);
  }

  /** Counts among those that wait, and no longer than its caller does. */
  async #waiting<T>(response: ServerResponse, ticket: Ticket, work: () => Promise<T>): Promise<T> {
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

  #fail({ request, response, target, ticket }: Omit<Exchange, 'modelId' | 'choice'>, error: unknown): void {
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
