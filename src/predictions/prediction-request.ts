import { Problem } from '../errors/problem.js';

/**
 * The rows of a request's body. JSON.parse is the strict reader that is wanted here: it knows no NaN, works through any
 * depth of nesting without recursion, and makes own members of names like `__proto__`.
 * @throws Problem invalid_json, invalid_request, payload_too_large
 */
export function parsePredictionRequest(body: Uint8Array, maxRows: number): readonly unknown[] {
  let request: unknown;
  try {
    request = JSON.parse(decoder.decode(body));
  } catch {
    throw new Problem('invalid_json', 'The body is not valid JSON; NaN and Infinity are not JSON.');
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new Problem('invalid_request', 'The body must be an object: {"rows": [{"column": value}]}.');
  }
  if (!Object.hasOwn(request, 'rows')) throw invalidArgument('missing_argument', 'rows is missing');
  for (const argument in request) {
    if (argument !== 'rows') throw invalidArgument('unknown_argument', 'rows is the only argument here');
  }
  const { rows } = request as { rows: unknown };
  if (!Array.isArray(rows)) throw invalidArgument('wrong_type', 'rows must be a list of objects');
  if (rows.length === 0) throw invalidArgument('out_of_range', 'rows must hold at least one row');
  if (rows.length > maxRows) {
    throw new Problem(
      'payload_too_large',
      `A request may have ${maxRows} rows here; send the rest in further ones.`,
    );
  }
  return rows;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function invalidArgument(code: string, message: string): Problem {
  return new Problem('invalid_request', `${message}.`, [{ code, message, argument: 'rows' }]);
}
