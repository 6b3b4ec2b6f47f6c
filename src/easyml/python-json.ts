import { randomUUID } from 'node:crypto';

/** A number that was written with a fraction or an exponent: `1.0` is a float to Python, `1` is an int. */
export class PythonFloat {
  constructor(readonly value: number) {}

  toJSON(): number {
    return this.value;
  }
}

/** JSON as Python reads it. An int beyond 2^53 is a bigint: ids must not be rounded. */
export type PythonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | PythonFloat
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

export type PythonType = 'str' | 'int' | 'float' | 'bool' | 'list' | 'dict' | 'NoneType';

/** A string as a whole, or a number: what is inside of strings is not looked at. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads JSON and keeps what JSON.parse forgets: whether a number was written as an int or as a float. Such numbers are
 * wrapped in the text, under a name that no sender can know, and unwrapped while it is read.
 * @throws SyntaxError
 */
export function parsePythonJson(text: string): PythonValue {
  JSON.parse(text);
  const mark = randomUUID();
  const marked = text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return token;
    if (/[.eE]/.test(token)) return `{"${mark}":${token}}`;
    return Number.isSafeInteger(Number(token)) ? token : `{"${mark}":"${token}"}`;
  });
  return JSON.parse(marked, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, mark)) return value;
    const inner = (value as Record<string, string | number>)[mark]!;
    return typeof inner === 'number' ? new PythonFloat(inner) : BigInt(inner);
  }) as PythonValue;
}

/** The name of the value's type in Python. */
export function pythonTypeOf(value: PythonValue): PythonType {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  if (value instanceof PythonFloat) return 'float';
  return Array.isArray(value) ? 'list' : 'dict';
}

/** The same as plain JSON: floats are numbers, and so are ints, be they rounded. */
export function toPlain(value: PythonValue): unknown {
  if (value instanceof PythonFloat) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
  }
  return value;
}
