import { randomUUID } from 'node:crypto';
import type { CredentialHandoff } from '../../auth/credential-handoff.js';
import { Problem } from '../../errors/problem.js';
import { toProblem } from '../../http/to-problem.js';
import { INTERNAL_PROBLEM } from '../../http/write-problem.js';
import type { Admission } from '../admission.js';
import type { DefaultModel } from '../default-model.js';
import { bareError } from '../protocols/bare/bare-protocol.js';
import { isObject } from '../protocols/json-text.js';
import type { ScoringService } from '../scoring/scoring.service.js';

/** Predictions of one socket that may be under way at once: what comes beyond is refused, not queued. */
export const MAX_IN_FLIGHT = 32;

/** What a session needs of the service. */
export interface SessionParts {
  readonly admission: Admission;
  readonly credentials: CredentialHandoff;
  readonly defaultModel: DefaultModel;
  readonly scoring: ScoringService;
  /** For what nobody expected. */
  readonly onDefect: (error: unknown) => void;
}

/** An answer as it goes through either kind of socket; `id` is the request's, when it had one. */
export type SocketAnswer = { readonly id?: unknown; readonly model?: string } & (
  | Record<string, unknown>
  | { readonly error: string; readonly code: string }
);

/** One connected client. It may ask several things at once and tells them apart by their ids. */
export class SocketSession {
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #gone = new AbortController();
  #isClosing = false;

  constructor(
    private readonly parts: SessionParts,
    /** As an Authorization header; may be learned after the handshake. */
    public authorization: string | undefined,
  ) {}

  /** Answers `{model?, input, id?}`; never rejects. */
  predict(request: unknown): Promise<SocketAnswer> {
    const answer = this.#answer(request);
    this.#underWay.add(answer);
    void answer.then(() => this.#underWay.delete(answer));
    return answer;
  }

  /** Resolves when everything that was asked is answered; what is asked from now on is refused. */
  async finish(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#underWay);
  }

  /** The client has gone: what waits for it is left undone. */
  leave(): void {
    this.#gone.abort();
  }

  async #answer(request: unknown): Promise<SocketAnswer> {
    const { id, model } = isObject(request) ? request : { id: undefined, model: undefined };
    const echo = {
      ...(typeof id === 'string' || typeof id === 'number' ? { id } : {}),
      ...(typeof model === 'string' ? { model } : {}),
    };
    try {
      return { ...echo, ...(await this.#score(request)) };
    } catch (error) {
      const problem = toProblem(error);
      if (problem === undefined) this.parts.onDefect(error);
      return { ...echo, ...bareError(problem ?? INTERNAL_PROBLEM) };
    }
  }

  async #score(request: unknown): Promise<object> {
    const { credentials, defaultModel, scoring } = this.parts;
    if (this.#isClosing) throw new Problem('not_ready', 'The service is stopping.', [], 1);
    if (this.#underWay.size >= MAX_IN_FLIGHT) {
      throw new Problem(
        'too_many_requests',
        `A socket may have ${MAX_IN_FLIGHT} predictions under way; wait for an answer first.`,
      );
    }
    if (!isObject(request))
      throw new Problem('invalid_request', 'The message must be {"model": …, "input": …}.');
    const { model, input } = request;
    if (model !== undefined && typeof model !== 'string') {
      throw new Problem('invalid_request', 'model must be the id of a model.');
    }
    const modelId = model ?? defaultModel.id();
    const authorization = defaultModel.authorizationFor(model ?? null, this.authorization);
    const record = await credentials.authorize(authorization, {
      kind: 'model',
      id: modelId,
      action: 'predict',
    });
    const ticket = this.parts.admission.open();
    try {
      ticket.beginRunning();
      const { body } = await scoring.answer({
        protocol: 'bare',
        modelId,
        choice: undefined,
        message: { body: Buffer.from(textOf({ input })), headers: {} },
        caller: { requestId: randomUUID(), ownerId: record.ownerId },
        whenGone: (stop) => this.#gone.signal.addEventListener('abort', stop, { once: true }),
      });
      return JSON.parse(String(body)) as object;
    } finally {
      ticket.end();
    }
  }
}

/** @throws Problem invalid_request */
function textOf(value: object): string {
  try {
    return JSON.stringify(value, requireFinite);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('invalid_request', 'input must be a nested array, and not nested this deep.');
  }
}

/** A number beyond the largest double would be written as null, which is a missing value and no error. */
function requireFinite(_name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new Problem('invalid_request', 'input must hold finite numbers, or null where a value is missing.');
}

/** `Bearer <token>` of a token that may have its scheme before it already. */
export function asAuthorization(token: unknown): string | undefined {
  if (typeof token !== 'string' || token === '') return undefined;
  return /^\S+ \S/.test(token) ? token : `Bearer ${token}`;
}
