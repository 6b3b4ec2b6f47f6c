import { Problem } from '../../../errors/problem.js';
import { type ModelFacts, type ScoringInput, shapesBeyondColumns } from '../../scoring/served-model.js';
import { fromMatrix, fromRecords, refusedArgument } from '../columns-input.js';
import { isObject, JSON_CONTENT_TYPE, parseJson, requireJsonType } from '../json-text.js';
import { problemSentence } from '../problem-sentence.js';
import type { BoundProtocol, Protocol } from '../protocol.js';
import { fromNested, toNested } from '../tensor-input.js';

const NO_OPTIONS = {};

/**
 * `{"input": nested array}` to `{"prediction": nested array}`: rows in, one list of the model's outputs a row back; for
 * a model of tensors, rows and results of its shapes.
 */
export const bareProtocol: Protocol = {
  name: 'bare',
  waitsForModel: false,
  checkHeaders: requireJsonType,
  bind(facts): BoundProtocol {
    const { classes } = facts.signature.target;
    const { nOutputs, version } = facts;
    const shape = facts.tensors?.output ?? [];
    return {
      read: ({ body }, { maxRows }) => ({
        input: readInput(parseJson(body), facts, maxRows),
        options: NO_OPTIONS,
      }),
      write({ nRows, outputs, decisions, warnings, predictionId }) {
        const prediction = Array.from({ length: nRows }, (_, row) =>
          toNested(Array.from(outputs.subarray(row * nOutputs, (row + 1) * nOutputs)), shape),
        );
        const reply = {
          prediction,
          ...(classes === undefined ? {} : { labels: Array.from(decisions, (code) => classes[code]) }),
          ...(warnings.length === 0 ? {} : { warnings }),
          modelVersion: version,
          predictionId,
        };
        return { body: JSON.stringify(reply), contentType: JSON_CONTENT_TYPE };
      },
    };
  },
  problem: (problem) => ({
    status: problem.status,
    contentType: JSON_CONTENT_TYPE,
    body: JSON.stringify(bareError(problem)),
  }),
};

/** An error as callers of this protocol read it, over HTTP and over sockets. */
export function bareError(problem: Problem): { error: string; code: string } {
  return { error: problemSentence(problem), code: problem.code };
}

/** @throws Problem invalid_request, payload_too_large */
function readInput(request: unknown, facts: ModelFacts, maxRows: number): ScoringInput {
  if (!isObject(request) || !Object.hasOwn(request, 'input')) {
    throw refusedArgument('input', 'missing_argument', 'is missing: the body must be {"input": [[…]]}');
  }
  const { input } = request;
  if (isObject(input)) return fromRecords([input], 'input', maxRows);
  if (!Array.isArray(input)) throw refusedArgument('input', 'wrong_type', 'must be a nested array');
  const shapes = shapesBeyondColumns(facts);
  if (shapes !== undefined) return fromNested(input, shapes, 'input', maxRows);
  if (isObject(input[0])) return fromRecords(input, 'input', maxRows);
  if (Array.isArray(input[0])) return fromMatrix(input, facts, 'input', maxRows);
  // A flat list is one row, or, where a row has a single value, as many rows.
  const isColumn = facts.signature.inputs.length === 1;
  return fromMatrix(isColumn ? input.map((value: unknown) => [value]) : [input], facts, 'input', maxRows);
}
