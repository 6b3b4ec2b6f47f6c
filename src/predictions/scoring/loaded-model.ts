import { Problem } from '../../errors/problem.js';
import { PROTOCOLS } from '../protocols/index.js';
import type { BoundProtocol, ProtocolName } from '../protocols/protocol.js';
import { newPredictionId } from './prediction-id.js';
import type { ScoringRequest } from './scoring-request.js';
import type { ScoringResult } from './scoring-result.js';
import {
  type DivisibleScoring,
  type ModelFacts,
  nRowsOf,
  type Scores,
  type ScoringInput,
  type ServedModel,
} from './served-model.js';

/** What a request of many rows may take on the event loop. */
const INLINE_BUDGET_MS = 2;
/** Until a model was measured: a row of a large forest. */
const FIRST_GUESS_MS = 0.1;
const SMOOTHING = 0.2;
const MAX_GROWTH = 2;

/** Rows that could be scored in the time of one explanation. */
const EXPLAINING_COST = 100;

const NO_DECISIONS = new Int32Array(0);

/** Rows that are ready for a predictor. */
export interface PreparedRows {
  /** Row-major, nRows * nFeatures, possibly longer; to be read before anything is waited for. */
  readonly values: Float64Array;
  readonly nRows: number;
  readonly nFeatures: number;
  readonly nOutputs: number;
  /** On one thread. */
  readonly expectedMs: number;
}

/** A model that is ready to predict. Owns the model's scratch buffers: one per thread. */
export class LoadedModel {
  readonly facts: ModelFacts;
  readonly #bound = new Map<ProtocolName, BoundProtocol>();
  readonly #isClassifier: boolean;
  #msPerRow = FIRST_GUESS_MS;
  /** 0: none has been read yet. */
  #bytesPerRow = 0;

  constructor(
    modelId: string,
    version: number,
    private readonly model: ServedModel,
    /** What it takes of the cache's budget. */
    readonly nBytes: number,
  ) {
    const { signature, outputKind, nOutputs, tensors, rowReader } = model;
    const more = { ...(tensors && { tensors }), ...(rowReader && { rowReader }) };
    this.facts = { modelId, version, signature, outputKind, nOutputs, ...more };
    this.#isClassifier = outputKind === 'probabilities' || outputKind === 'scores';
  }

  get runs(): ServedModel['runs'] {
    return this.model.runs;
  }

  get foreign(): ServedModel['foreign'] {
    return this.model.foreign;
  }

  /** Gives back what the model holds beside memory; what is under way is still answered. */
  close(): void {
    this.model.close?.();
  }

  /** The wire format with everything that is the same in all replies of this model made ready. */
  speak(name: ProtocolName): BoundProtocol {
    let bound = this.#bound.get(name);
    if (bound === undefined) {
      bound = PROTOCOLS[name].bind(this.facts);
      this.#bound.set(name, bound);
    }
    return bound;
  }

  /** Whether the request is expected to be done before anybody notices. */
  isQuick({ input, options }: ScoringRequest): boolean {
    const nRows = nRowsOf(input) * (options.explain === true ? EXPLAINING_COST : 1);
    return nRows * this.#msPerRow <= INLINE_BUDGET_MS;
  }

  /** The same of a body that is still unread, by the rows of those before it. */
  isQuickBody(nBytes: number): boolean {
    return this.#bytesPerRow === 0 || (nBytes / this.#bytesPerRow) * this.#msPerRow <= INLINE_BUDGET_MS;
  }

  /**
   * Scores a request; the promise is only for models that run elsewhere.
   * @throws Problem invalid_rows with every problem of every row; invalid_request; numerical_failure
   */
  score(request: ScoringRequest): ScoringResult | Promise<ScoringResult> {
    const startedAt = performance.now();
    const scores = this.model.score(request.input, request.options);
    // No closure where there is nothing to wait for: one-row requests come in tens of thousands a second.
    return scores instanceof Promise
      ? scores.then((known) => this.#measure(known, request, startedAt))
      : this.#measure(scores, request, startedAt);
  }

  #measure(
    scores: Scores,
    request: ScoringRequest,
    startedAt: number,
  ): ScoringResult | Promise<ScoringResult> {
    this.learnSpeed((performance.now() - startedAt) / nRowsOf(request.input));
    return this.#finish(scores, request, startedAt);
  }

  /** Whether `scoreInParts` is possible. */
  canDivide({ input }: ScoringRequest): boolean {
    return input.kind === 'read' && this.model.divisible !== undefined;
  }

  /**
   * As score, with the rows encoded here and predicted elsewhere.
   * @param predict gets the rows at once and may keep nothing of them; the time of all threads together
   */
  async scoreInParts(
    request: ScoringRequest,
    predict: (rows: PreparedRows) => Promise<{ readonly outputs: Float64Array; readonly ms: number }>,
  ): Promise<ScoringResult> {
    const startedAt = performance.now();
    const { values, nFeatures, ...findings } = (this.model.divisible as DivisibleScoring).encode();
    const nRows = nRowsOf(request.input);
    if (findings.problems.length > 0)
      return this.#finish({ outputs: values, ...findings }, request, startedAt);
    const expectedMs = nRows * this.#msPerRow;
    const { outputs, ms } = await predict({
      values,
      nRows,
      nFeatures,
      nOutputs: this.facts.nOutputs,
      expectedMs,
    });
    this.learnSpeed(ms / nRows);
    return this.#finish({ outputs, ...findings }, request, startedAt);
  }

  /** One of the parts. @returns row-major, nRows * nOutputs */
  predictPart(values: Float64Array, nRows: number): Float64Array {
    return (this.model.divisible as DivisibleScoring).predict(values, nRows);
  }

  #finish(
    { outputs, problems, warnings, nWarningsLeftOut }: Scores,
    { input, options }: ScoringRequest,
    startedAt: number,
  ): ScoringResult | Promise<ScoringResult> {
    if (problems.length > 0) {
      const detail =
        problems.length === 1 ? '1 problem; see errors[].' : `${problems.length} problems; see errors[].`;
      throw new Problem('invalid_rows', `The rows do not fit the model: ${detail}`, problems);
    }
    const nRows = nRowsOf(input);
    const decisions = this.#decide(outputs, nRows, options.threshold);
    const latencyMs = performance.now() - startedAt;
    const predictionId = newPredictionId();
    const result = { predictionId, nRows, outputs, decisions, warnings, nWarningsLeftOut, latencyMs };
    return options.explain === true ? this.#explain(result, input) : result;
  }

  #explain(result: ScoringResult, input: ScoringInput): ScoringResult | Promise<ScoringResult> {
    if (this.model.explain === undefined) {
      throw refused('explain', 'out_of_range', 'This model cannot explain its predictions');
    }
    const explained = this.#isClassifier ? result.decisions : new Int32Array(result.nRows);
    return after(this.model.explain(input, explained), (explanation) => ({ ...result, explanation }));
  }

  /** Also makes sure that every number can be written down. @returns by row the index of its class */
  #decide(outputs: Float64Array, nRows: number, threshold: number | undefined): Int32Array {
    const { nOutputs } = this.facts;
    const decisions = this.#isClassifier ? new Int32Array(nRows) : NO_DECISIONS;
    for (let row = 0; row < nRows; row++) {
      const base = row * nOutputs;
      let best = 0;
      for (let k = 0; k < nOutputs; k++) {
        const output = outputs[base + k] as number;
        if (!Number.isFinite(output)) throw notFinite(row);
        if (output > (outputs[base + best] as number)) best = k;
      }
      if (this.#isClassifier) decisions[row] = best;
    }
    if (threshold === undefined) return decisions;
    if (nOutputs !== 2 || this.facts.outputKind !== 'probabilities') {
      throw refused(
        'threshold',
        'out_of_range',
        'A threshold is for models that give probabilities of two classes',
      );
    }
    for (let row = 0; row < nRows; row++) decisions[row] = +((outputs[row * 2 + 1] as number) >= threshold);
    return decisions;
  }

  /** Of a body of many rows. */
  learnSize(nBytes: number, { input }: ScoringRequest): void {
    const sample = nBytes / nRowsOf(input);
    this.#bytesPerRow += (this.#bytesPerRow === 0 ? 1 : SMOOTHING) * (sample - this.#bytesPerRow);
  }

  /** @param msPerRow as it was measured here or on a thread */
  learnSpeed(msPerRow: number): void {
    // A pause of the engine or a busy machine is no property of the model: one sample may not weigh much.
    const sample = Math.min(msPerRow, MAX_GROWTH * this.#msPerRow);
    this.#msPerRow += SMOOTHING * (sample - this.#msPerRow);
  }
}

function notFinite(row: number): Problem {
  const message = 'The prediction is not a finite number.';
  return new Problem('numerical_failure', message, [{ code: 'numerical_failure', row, message }]);
}

function refused(argument: string, code: string, message: string): Problem {
  return new Problem('invalid_request', `${message}.`, [{ code, message, argument }]);
}

/** Goes on at once where there is nothing to wait for: a turn of the event loop would cost more than a small prediction. */
export function after<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}
