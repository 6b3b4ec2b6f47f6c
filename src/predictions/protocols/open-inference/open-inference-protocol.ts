import { Problem } from '../../../errors/problem.js';
import type { ScoringResult } from '../../scoring/scoring-result.js';
import { JSON_CONTENT_TYPE } from '../json-text.js';
import { problemSentence } from '../problem-sentence.js';
import type { BoundProtocol, Protocol, WireReply } from '../protocol.js';
import { type InferRequest, readInferRequest } from './infer-request.js';
import { outputsOf, toBinary } from './output-tensors.js';

/** Clients of the binary extension name no type, or this one. */
const CONTENT_TYPE = /^(?:application\/json|application\/octet-stream)\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

/** The Open Inference Protocol, version 2, over REST, with the binary tensor data extension. */
export const openInferenceProtocol: Protocol = {
  name: 'open-inference',
  waitsForModel: true,
  checkHeaders(headers) {
    const type = headers['content-type'];
    if (type === undefined || CONTENT_TYPE.test(type)) return;
    throw new Problem(
      'unsupported_media_type',
      'The body must be of type application/json in UTF-8, or application/octet-stream with binary tensors.',
    );
  },
  bind(facts): BoundProtocol<InferRequest> {
    const available = outputsOf(facts);
    const names = available.map(({ name }) => name);
    const head = { model_name: facts.modelId, model_version: String(facts.version) };
    return {
      read: ({ body, headers }, { maxRows }) => readInferRequest(body, headers, facts, names, maxRows),
      write(result, request) {
        const tails: Buffer[] = [];
        const outputs = request.outputs.map(({ name, isBinary }) => {
          const { datatype, width, valuesOf } = available.find((output) => output.name === name)!;
          const shape = width === null ? [result.nRows] : [result.nRows, width];
          const data = valuesOf(result);
          if (!isBinary) return { name, datatype, shape, data };
          const bytes = toBinary(datatype, data);
          tails.push(bytes);
          return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
        });
        const id = request.id ?? result.predictionId;
        const text = JSON.stringify({ ...head, id, parameters: parametersOf(result), outputs });
        return reply(text, tails);
      },
    };
  },
  problem: (problem) => ({
    // "Typically 400", says the specification of everything that is wrong with a request.
    status: problem.status === 422 ? 400 : problem.status,
    contentType: JSON_CONTENT_TYPE,
    body: JSON.stringify({ error: problemSentence(problem) }),
  }),
};

/** Parameters are texts, numbers and booleans: the list of warnings goes as the text of its JSON. */
function parametersOf({ predictionId, warnings }: ScoringResult): Record<string, string> {
  return {
    prediction_id: predictionId,
    ...(warnings.length === 0 ? {} : { warnings: JSON.stringify(warnings) }),
  };
}

function reply(text: string, tails: readonly Buffer[]): WireReply {
  if (tails.length === 0) return { body: text, contentType: JSON_CONTENT_TYPE };
  const json = Buffer.from(text);
  return {
    body: Buffer.concat([json, ...tails]),
    contentType: 'application/octet-stream',
    headers: { 'Inference-Header-Content-Length': json.length },
  };
}
