import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../errors/problem.js';
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipText,
} from '../../learn/pipeline/reading/json-bytes.js';

const decoder = new TextDecoder('utf-8', { fatal: true });
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
/** JSON is UTF-8; in another charset the same bytes would be other texts. */
const OTHER_CHARSET = /;\s*charset\s*=(?!\s*"?(?:utf-?8|us-ascii)"?\s*(?:;|$))/i;

/** No value of a row is nested as deep as this; what is written again, or taken to a thread, is gone through by recursion. */
const MAX_DEPTH = 1000;

/**
 * The JSON of a body. JSON.parse is the strict reader that is wanted here: it knows no NaN, and makes own members of names
 * like `__proto__`.
 * @throws Problem invalid_json; invalid_request where it is nested too deep
 */
export function parseJson(body: Uint8Array): unknown {
  if (isTooDeep(body)) {
    throw new Problem('invalid_request', `The body is nested deeper than ${MAX_DEPTH} lists and objects.`);
  }
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    throw new Problem('invalid_json', 'The body is not valid JSON in UTF-8; NaN and Infinity are not JSON.');
  }
}

/**
 * As parseJson, and takes the NaN that Python's writer of JSON puts where a data frame has nothing: it is read as null.
 * Infinity stays what it is there: no JSON.
 * @throws Problem invalid_json
 */
export function parsePythonJson(body: Uint8Array): unknown {
  try {
    return parseJson(body);
  } catch (problem) {
    let nFound = 0;
    let isInText = false;
    // A NaN within a text stays what it is. Texts are not matched as a whole: a long one would be too much for the engine.
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      .toString('utf8')
      .replace(/\\.|"|\bNaN\b/g, (token) => {
        if (token === '"') isInText = !isInText;
        if (token !== 'NaN' || isInText) return token;
        nFound++;
        return 'null';
      });
    if (nFound === 0) throw problem;
    return parseJson(Buffer.from(text));
  }
}

/** Of what is no JSON it says nothing. */
function isTooDeep(body: Uint8Array): boolean {
  if (body.length < 2 * MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at >= 0 && at < body.length; ) {
    const byte = body[at];
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
    at = byte === QUOTE ? skipText(body, at) : at + 1;
  }
  return false;
}

/** @throws Problem unsupported_media_type */
export function requireJsonType(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'] ?? '';
  if (JSON_TYPE.test(type) && !OTHER_CHARSET.test(type)) return;
  throw new Problem('unsupported_media_type', 'The body must be of type application/json, in UTF-8.');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws Problem payload_too_large */
export function requireRowCount(nRows: number, maxRows: number): void {
  if (nRows <= maxRows) return;
  throw new Problem(
    'payload_too_large',
    `A request may have ${maxRows} rows here; send the rest in further ones.`,
  );
}

export const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';
