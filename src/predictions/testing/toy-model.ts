import type { IncomingHttpHeaders } from 'node:http';
import type { OutputKind } from '../../learn/estimator.js';
import type { ProtocolName, WireReply } from '../protocols/protocol.js';
import { LoadedModel } from '../scoring/loaded-model.js';
import type { ScoringResult } from '../scoring/scoring-result.js';
import { ServedPipeline } from '../scoring/served-pipeline.js';
import { toyPipeline } from './toy-pipeline.js';

/** Model `m"1`, version 3, of the toy pipeline. */
export function toyModel(
  labels: readonly (string | number | boolean)[],
  outputs: readonly number[],
  outputKind?: OutputKind,
): LoadedModel {
  return new LoadedModel('m"1', 3, new ServedPipeline(toyPipeline(labels, outputs, outputKind)), 1);
}

/** Asks a model as the service does; a request may have five rows. */
export function answer(
  model: LoadedModel,
  protocol: ProtocolName,
  body: string | Uint8Array,
  headers: IncomingHttpHeaders = {},
): WireReply {
  const wire = model.speak(protocol);
  const message = { body: typeof body === 'string' ? Buffer.from(body) : body, headers };
  const request = wire.read(message, { maxRows: 5 });
  return wire.write(model.score(request) as ScoringResult, request);
}
