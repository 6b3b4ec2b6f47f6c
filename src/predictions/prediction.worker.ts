import { workerData } from 'piscina';
import { Problem } from '../errors/problem.js';
import { toProblem } from '../http/to-problem.js';
import { openBundle } from '../models/bundle/open-bundle.js';
import type { ProcessFailure } from '../processes/messages.js';
import { LoadedModel } from './loaded-model.js';
import { ModelCache, type ModelKey } from './model-cache.js';
import { parsePredictionRequest } from './prediction-request.js';

/** A large request, as it came: the thread parses it, too. */
export interface PredictionTask {
  readonly key: ModelKey;
  readonly bundlePath: string;
  readonly body: Uint8Array;
  readonly maxRows: number;
}
export type PredictionResult = { readonly reply: string } | { readonly failure: ProcessFailure };

const { cacheBytes } = workerData as { cacheBytes: number };
const cache = new ModelCache<LoadedModel>(cacheBytes);

export default async function predict(task: PredictionTask): Promise<PredictionResult> {
  const { key, bundlePath, body, maxRows } = task;
  try {
    const rows = parsePredictionRequest(body, maxRows);
    const model = await cache.get(key, async () => {
      const { pipeline, nBytes } = await openBundle(bundlePath);
      return new LoadedModel(key.modelId, key.version, pipeline, nBytes);
    });
    return { reply: model.predict(rows) };
  } catch (error) {
    const problem = toProblem(error);
    if (!(problem instanceof Problem)) throw error;
    return { failure: { code: problem.code, detail: problem.detail, errors: [...problem.errors] } };
  }
}
