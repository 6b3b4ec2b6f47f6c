import { type Request, type Response, text } from 'express';
import { toProblem } from '../../http/to-problem.js';
import type { Arguments } from '../model-types/check-arguments.js';
import { invalidMandatory, missingArguments } from '../model-types/check-arguments.js';
import { type PythonType, type PythonValue, parsePythonJson } from '../python-json.js';
import { EasymlError, INVALID_FORMAT } from './easyml-error.js';

const LIMIT_BYTES = 1024 * 1024;
const readText = text({ limit: LIMIT_BYTES, type: () => true });

/** Whether the request says that it carries JSON: what EasyML asks before anything else. */
export function requireJson({ headers }: Request): void {
  if (/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) return;
  throw new EasymlError(400, INVALID_FORMAT);
}

/** The arguments in the body, also of a GET. @throws EasymlError 400 */
export async function readArguments(request: Request, response: Response): Promise<Arguments> {
  await new Promise<void>((resolve, reject) => {
    readText(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(toProblem(error) ?? error);
    });
  });
  let value: PythonValue;
  try {
    value = parsePythonJson(typeof request.body === 'string' ? request.body : '');
  } catch {
    throw new EasymlError(400, INVALID_FORMAT);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new EasymlError(400, INVALID_FORMAT);
  }
  return value as Arguments;
}

/** @throws EasymlError 400 with `missing_args`, or with `invalid_args` */
export function requireArguments(
  expected: readonly { readonly name: string; readonly types: readonly PythonType[] }[],
  sent: Arguments,
): void {
  const missing = missingArguments(expected, sent);
  if (missing.length > 0) throw new EasymlError(400, 'Missing arguments', { missing_args: missing });
  const invalid = invalidMandatory(expected, sent);
  if (invalid.length > 0) throw invalidTypes(invalid);
}

export function invalidTypes(invalid: readonly object[]): EasymlError {
  return new EasymlError(400, 'Invalid types for arguments.', { invalid_args: invalid });
}
