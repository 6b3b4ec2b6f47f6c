import { workerData } from 'piscina';
import { Problem } from '../../errors/problem.js';
import { toProblem } from '../../http/to-problem.js';
import { openBundle } from '../../models/bundle/open-bundle.js';
import type { ForeignModel } from '../../models/imports/foreign-model.js';
import type { ProcessFailure } from '../../processes/messages.js';
import { PROTOCOLS } from '../protocols/index.js';
import type { ProtocolName, WireLimits, WireMessage, WireReply } from '../protocols/protocol.js';
import { LoadedModel } from './loaded-model.js';
import { ModelCache, type ModelKey } from './model-cache.js';
import type { ScoringRequest } from './scoring-request.js';
import type { ScoringResult } from './scoring-result.js';
import { feedRequest } from './served-foreign-model.js';
import type { ModelFacts } from './served-model.js';
import { ServedPipeline } from './served-pipeline.js';

/** Of which model. */
export interface ModelPlace {
  readonly key: ModelKey;
  readonly bundlePath: string;
}

/** A large request, as it came: the thread parses it, too. */
export interface ScoringTask extends ModelPlace {
  readonly protocol: ProtocolName;
  readonly message: WireMessage;
  readonly limits: WireLimits;
  /** Whether request and result are wanted back beside the reply. */
  readonly isObserved: boolean;
}
export interface ScoringAnswer {
  readonly reply: WireReply;
  readonly observed?: { readonly request: ScoringRequest; readonly result: ScoringResult };
}
/** A large request to an imported model: read and checked here, computed in the model's own process. */
export interface ReadTask {
  readonly foreign: ForeignModel;
  readonly facts: ModelFacts;
  readonly protocol: ProtocolName;
  readonly message: WireMessage;
  readonly limits: WireLimits;
  readonly keepsRows: boolean;
}
export type ReadResult = { readonly request: ScoringRequest } | { readonly failure: ProcessFailure };

/** Some of the rows of a request, encoded already. */
export interface PartTask extends ModelPlace {
  /** Row-major. */
  readonly part: Float64Array;
  readonly nRows: number;
}
export interface PartAnswer {
  readonly outputs: Float64Array;
  readonly ms: number;
}
export type PartResult = PartAnswer | { readonly failure: ProcessFailure };
export type ScoringTaskResult = ScoringAnswer | { readonly failure: ProcessFailure };

export type WorkerTask = ScoringTask | ReadTask | PartTask;
export type WorkerResult = ScoringTaskResult | ReadResult | PartResult;

const { cacheBytes } = workerData as { cacheBytes: number };
const cache = new ModelCache<LoadedModel>(cacheBytes);

function open({ key, bundlePath }: ModelPlace): Promise<LoadedModel> {
  return cache.get(key, async () => {
    const { pipeline, nBytes } = await openBundle(bundlePath);
    return new LoadedModel(key.modelId, key.version, new ServedPipeline(pipeline), nBytes);
  });
}

async function answer(
  model: LoadedModel,
  { protocol, message, limits, isObserved }: ScoringTask,
): Promise<ScoringAnswer> {
  const wire = model.speak(protocol);
  const request = wire.read(message, limits);
  const result = await model.score(request);
  const reply = wire.write(result, request);
  return isObserved ? { reply, observed: { request: asObjects(request), result } } : { reply };
}

function read({ foreign, facts, protocol, message, limits, keepsRows }: ReadTask): ReadResult {
  const request = PROTOCOLS[protocol].bind(facts).read(message, limits);
  return { request: feedRequest(request, foreign, keepsRows) };
}

function predict(model: LoadedModel, { part, nRows }: PartTask): PartAnswer {
  const startedAt = performance.now();
  const outputs = model.predictPart(part, nRows);
  return { outputs, ms: performance.now() - startedAt };
}

/** What the reader has read lies in this thread. */
function asObjects({ input, options }: ScoringRequest): ScoringRequest {
  return { input: input.kind === 'read' ? { kind: 'rows', rows: input.toRows() } : input, options };
}

export default async function work(task: WorkerTask): Promise<WorkerResult> {
  try {
    if ('foreign' in task) return read(task);
    const model = await open(task);
    return 'part' in task ? predict(model, task) : await answer(model, task);
  } catch (error) {
    const problem = toProblem(error);
    if (!(problem instanceof Problem)) throw error;
    return { failure: { code: problem.code, detail: problem.detail, errors: [...problem.errors] } };
  }
}
