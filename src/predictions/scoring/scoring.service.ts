import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { Problem } from '../../errors/problem.js';
import { foreignFormatOf } from '../../models/imports/foreign-model.js';
import type { ModelVersion } from '../../models/model-types.js';
import { ModelsService } from '../../models/models.service.js';
import type { VersionChoice } from '../../models/registry/version-choice.js';
import { ObjectStore } from '../../storage/object-store.js';
import type { ProtocolName, WireMessage, WireReply } from '../protocols/protocol.js';
import { CurrentVersions } from './current-versions.js';
import type { LoadedModel, PreparedRows } from './loaded-model.js';
import { ModelCache } from './model-cache.js';
import { ModelLoader } from './model-loader.js';
import type { PredictionCaller, PredictionObserver } from './prediction-observer.js';
import type { ModelPlace, PartAnswer } from './scoring.worker.js';
import { ScoringPool } from './scoring-pool.js';
import type { ScoringRequest } from './scoring-request.js';
import type { ScoringResult } from './scoring-result.js';
import type { ModelFacts } from './served-model.js';

/** Parsing this much JSON takes about half a millisecond; what is longer goes to a thread unread. */
const INLINE_BODY_BYTES = 64 * 1024;

/**
 * As much is tried on the event loop by the model's row reader, which takes a third of a millisecond for it. What that does not
 * read goes to a thread as it came.
 */
const READ_AT_ONCE_BYTES = 512 * 1024;

/** How it shows that a file cannot be read; one that is gone is none of these. */
const UNREADABLE: ReadonlySet<string> = new Set(['bundle_invalid', 'model_file_invalid']);

/** One request to one model, whatever the way it came. */
export interface Question {
  readonly protocol: ProtocolName;
  readonly modelId: string;
  readonly choice: VersionChoice;
  readonly message: WireMessage;
  readonly caller: PredictionCaller;
  /** Calls back when nobody waits for the answer any more; what has not begun then is left undone. */
  readonly whenGone?: (stop: () => void) => void;
}

/** The one scorer behind all protocols: finds the version, has the model ready, and scores here or on a thread. */
@Injectable()
export class ScoringService implements OnModuleInit, OnModuleDestroy {
  readonly #log = new Logger('predictions');
  readonly #observers: PredictionObserver[] = [];
  readonly #limits: { readonly maxRows: number };
  /** The other half of the budget belongs to the threads. */
  readonly #cache: ModelCache<LoadedModel>;

  constructor(
    settings: Settings,
    private readonly versions: CurrentVersions,
    private readonly loader: ModelLoader,
    private readonly store: ObjectStore,
    private readonly pool: ScoringPool,
    private readonly models: ModelsService,
  ) {
    this.#limits = { maxRows: settings.predictMaxRows };
    this.#cache = new ModelCache(Math.floor(settings.modelCacheBytes / 2));
  }

  onModuleInit(): void {
    // A model that is being asked is loaded before it answers: nobody waits for a promotion.
    this.models.onPromotingHere(async (version) => {
      const current = this.versions.peek(version.modelId);
      if (current !== undefined && this.#cache.peek(current) !== undefined) await this.#get(version);
    });
  }

  onModuleDestroy(): void {
    this.#cache.clear();
  }

  /** From now on the observer hears of every prediction that it wants. */
  observe(observer: PredictionObserver): void {
    this.#observers.push(observer);
  }

  /**
   * Scores what was asked and writes the reply in the protocol of the question.
   * @throws Problem model_not_trained, invalid_json, invalid_request, invalid_rows, payload_too_large, …
   */
  answer(question: Question): WireReply | Promise<WireReply> {
    // Others may have come while the body did.
    if (this.isFullFor(question, question.message.body.length)) throw this.pool.refusal();
    const version = this.versions.peek(question.modelId, question.choice);
    const model = version && this.#cache.peek(version);
    // The usual case, without a turn of the event loop: the model is there and the request is small.
    if (version && model && question.message.body.length <= INLINE_BODY_BYTES) {
      return this.#answerHere(version, model, question);
    }
    return (version && model && this.#answerAtOnce(version, model, question)) ?? this.#answerAny(question);
  }

  /**
   * Whether a body of this size is expected to be refused for want of threads: then it need not be read, and a refusal costs
   * a fraction of the reading.
   */
  isFullFor({ modelId, choice }: Pick<Question, 'modelId' | 'choice'>, nBytes: number): boolean {
    if (nBytes <= INLINE_BODY_BYTES || !this.pool.isFull) return false;
    if (nBytes > READ_AT_ONCE_BYTES) return true;
    const version = this.versions.peek(modelId, choice);
    const model = version && this.#cache.peek(version);
    return model !== undefined && model.runs === 'here' && !model.isQuickBody(nBytes);
  }

  /**
   * Whether a question would be answered without loading the model first. If not, loading begins. A model of which another
   * version is loaded is only being replaced: it was ready before, and whoever asks waits the moment that it takes.
   * @throws Problem model_not_trained
   */
  async isReady(modelId: string, choice?: VersionChoice): Promise<boolean> {
    const version = await this.versions.get(modelId, choice);
    if (this.#cache.peek(version) !== undefined) return true;
    this.#get(version).catch((error: unknown) => {
      this.#log.warn({ msg: 'a model could not be loaded', modelId, version: version.version, err: error });
    });
    return choice === undefined && this.#cache.holdsAny(modelId);
  }

  /** What a model takes and gives; it is loaded for that. @throws Problem model_not_trained */
  async describe(
    modelId: string,
    choice?: VersionChoice,
  ): Promise<{ readonly facts: ModelFacts; readonly version: ModelVersion }> {
    const version = await this.versions.get(modelId, choice);
    return { facts: (await this.#get(version)).facts, version };
  }

  async #answerAny(question: Question): Promise<WireReply> {
    const { modelId, choice } = question;
    const version = await this.versions.get(modelId, choice);
    try {
      return await this.#answerWith(version, question);
    } catch (error) {
      if (error instanceof Problem && !UNREADABLE.has(error.code)) throw error;
      // Its file may have gone with the model while this was on its way: then there is another answer to give.
      this.versions.forget(modelId);
      const now = await this.versions.get(modelId, choice);
      if (now.bundleKey === version.bundleKey) throw error;
      return this.#answerWith(now, question);
    }
  }

  async #answerWith(version: ModelVersion, question: Question): Promise<WireReply> {
    const { length } = question.message.body;
    if (length <= INLINE_BODY_BYTES) return this.#answerHere(version, await this.#get(version), question);
    if (foreignFormatOf(version.algorithm) !== undefined) return this.#answerForeign(version, question);
    const atOnce =
      length <= READ_AT_ONCE_BYTES && this.#answerAtOnce(version, await this.#get(version), question);
    return atOnce || this.#answerOnThread(version, question);
  }

  /** A large request of the usual form; undefined for any other. */
  #answerAtOnce(
    version: ModelVersion,
    model: LoadedModel,
    question: Question,
  ): WireReply | Promise<WireReply> | undefined {
    const { message, protocol } = question;
    if (message.body.length > READ_AT_ONCE_BYTES) return undefined;
    const request = model.speak(protocol).readAtOnce?.(message, this.#limits);
    if (request !== undefined) model.learnSize(message.body.length, request);
    return request && this.#answerRead(version, model, question, request);
  }

  /** Read and checked on a thread, computed in the model's own process. */
  async #answerForeign(version: ModelVersion, question: Question): Promise<WireReply> {
    const model = await this.#get(version);
    const { facts, foreign } = model;
    if (foreign === undefined) return this.#answerHere(version, model, question);
    const { protocol, message, whenGone } = question;
    const task = {
      foreign,
      facts,
      protocol,
      message: plainMessage(message),
      limits: this.#limits,
      keepsRows: this.#observers.some((observer) => observer.wants(version)),
    };
    return this.#answerRead(version, model, question, await this.pool.read(task, whenGone));
  }

  #answerHere(version: ModelVersion, model: LoadedModel, question: Question): WireReply | Promise<WireReply> {
    const wire = model.speak(question.protocol);
    return this.#answerRead(version, model, question, wire.read(question.message, this.#limits));
  }

  #answerRead(
    version: ModelVersion,
    model: LoadedModel,
    question: Question,
    request: ScoringRequest,
  ): WireReply | Promise<WireReply> {
    const isSlow = model.runs === 'here' && !model.isQuick(request);
    if (isSlow && !model.canDivide(request)) return this.#answerOnThread(version, question);
    const scored = isSlow
      ? model.scoreInParts(request, (rows) => this.#predict(version, rows, question))
      : model.score(request);
    return scored instanceof Promise
      ? scored.then((result) => this.#reply(version, model, question, request, result))
      : this.#reply(version, model, question, request, scored);
  }

  #reply(
    version: ModelVersion,
    model: LoadedModel,
    question: Question,
    request: ScoringRequest,
    result: ScoringResult,
  ): WireReply {
    const reply = model.speak(question.protocol).write(result, request);
    for (let k = 0; k < this.#observers.length; k++) {
      const observer = this.#observers[k] as PredictionObserver;
      if (observer.wants(version)) tell(observer, version, question, { request, result }, result.latencyMs);
    }
    return reply;
  }

  /** On threads. */
  #predict(version: ModelVersion, rows: PreparedRows, { whenGone }: Question): Promise<PartAnswer> {
    return this.pool.predict(() => this.#placeOf(version), rows, whenGone);
  }

  async #placeOf({ modelId, version, sha256, bundleKey }: ModelVersion): Promise<ModelPlace> {
    return { key: { modelId, version, sha256 }, bundlePath: await this.store.localPath(bundleKey) };
  }

  async #answerOnThread(version: ModelVersion, question: Question): Promise<WireReply> {
    const { protocol, message, whenGone } = question;
    const startedAt = performance.now();
    const watching = this.#observers.filter((observer) => observer.wants(version));
    const task = {
      ...(await this.#placeOf(version)),
      protocol,
      message: plainMessage(message),
      limits: this.#limits,
      isObserved: watching.length > 0,
    };
    const { reply, observed } = await this.pool.answer(task, whenGone);
    if (observed !== undefined) {
      const latencyMs = performance.now() - startedAt;
      for (const observer of watching) tell(observer, version, question, observed, latencyMs);
    }
    return reply;
  }

  #get(version: ModelVersion): Promise<LoadedModel> {
    return this.#cache.get(version, () => this.loader.load(version));
  }
}

/** What goes to a thread: no credentials are needed there. */
function plainMessage({ body, headers }: WireMessage): WireMessage {
  return { body, headers: { ...headers, authorization: undefined } };
}

function tell(
  observer: PredictionObserver,
  { modelId, version, sha256 }: ModelVersion,
  { protocol, caller }: Question,
  { request, result }: { readonly request: ScoringRequest; readonly result: ScoringResult },
  latencyMs: number,
): void {
  const model = { modelId, version, sha256 };
  observer.observed({ model, protocol, request, result, caller, latencyMs });
}
