import { Problem } from '../../../errors/problem.js';
import { rowsOf } from '../../scoring/served-model.js';
import { JSON_CONTENT_TYPE } from '../json-text.js';
import { problemSentence } from '../problem-sentence.js';
import type { BoundProtocol, Protocol, WireLimits, WireMessage } from '../protocol.js';
import { type Invocation, isCsv, readInvocation } from './invocation.js';
import { readFormAtOnce } from './invocation-at-once.js';

/** No other type, no other charset, no other parameter. */
const CONTENT_TYPE = /^(?:application\/json|text\/csv|application\/csv)\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

const ERROR_CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  429: 'REQUEST_LIMIT_EXCEEDED',
  500: 'INTERNAL_ERROR',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** MLflow's scoring server: `/invocations` with its four JSON forms and CSV. */
export const mlflowProtocol: Protocol = {
  name: 'mlflow',
  waitsForModel: true,
  checkHeaders(headers) {
    if (CONTENT_TYPE.test((headers['content-type'] ?? '').trim())) return;
    throw new Problem(
      'unsupported_media_type',
      'This predictor only supports the content types application/json and text/csv, in the charset utf-8.',
    );
  },
  bind(facts): BoundProtocol<Invocation> {
    const { classes = [] } = facts.signature.target;
    const names = classes.map(String);
    const { rowReader } = facts;
    const read = ({ body, headers }: WireMessage, { maxRows }: WireLimits): Invocation =>
      readInvocation(body, headers, facts, maxRows);
    const readAtOnce = (message: WireMessage, limits: WireLimits): Invocation | undefined => {
      if (rowReader === undefined || isCsv(message.headers)) return undefined;
      const nRows = readFormAtOnce(message.body, rowReader, limits.maxRows);
      if (nRows === undefined) return undefined;
      const toRows = () => rowsOf(read(message, limits).input);
      return { input: { kind: 'read', nRows, toRows }, options: {}, wantsProbabilities: false };
    };
    return {
      read: (message, limits) => readAtOnce(message, limits) ?? read(message, limits),
      readAtOnce,
      write({ nRows, outputs, decisions }, { wantsProbabilities }) {
        const rowOf = (row: number): unknown => {
          if (facts.outputKind === 'value' || facts.outputKind === 'cluster') {
            const { nOutputs } = facts;
            if (nOutputs === 1) return outputs[row];
            return Array.from(outputs.subarray(row * nOutputs, (row + 1) * nOutputs));
          }
          if (!wantsProbabilities || facts.outputKind !== 'probabilities')
            return classes[decisions[row] as number];
          return Object.fromEntries(names.map((name, k) => [name, outputs[row * names.length + k]]));
        };
        const predictions = Array.from({ length: nRows }, (_, row) => rowOf(row));
        return { body: JSON.stringify({ predictions }), contentType: JSON_CONTENT_TYPE };
      },
    };
  },
  problem(problem) {
    const message = problemSentence(problem);
    if (problem.status === 415)
      return { status: 415, contentType: 'text/plain; charset=utf-8', body: message };
    const status = problem.status === 422 ? 400 : problem.status;
    const error = { error_code: ERROR_CODES[status] ?? 'BAD_REQUEST', message };
    return { status, contentType: JSON_CONTENT_TYPE, body: JSON.stringify(error) };
  },
};
